/*
 * Variables that change which program runs, or what code it loads. A secret that anyone can write a field of must not set
 * them, so a prefix does not; a mapping of one variable can.
 *
 * Sources: `initial_badenv_table` of sudo's env.c, `unsecvars.h` of glibc, dyld(1), and the manuals of Node, Git, Java, .NET,
 * PHP, Lua, OpenSSL and less.
 */

const FAMILIES = [
  "LD_",
  "LDR_",
  "DYLD_",
  "_RLD",
  "BASH_FUNC_",
  "GIT_CONFIG",
  "GIT_SSH",
  "NPM_CONFIG_",
  "KRB5",
  "COR_",
  "CORECLR_",
  "COMPLUS_",
  "LUA_",
];

const NAMES = new Set([
  // Which program runs, and how a shell reads its input
  ...[
    "PATH",
    "SHELL",
    "HOME",
    "IFS",
    "CDPATH",
    "ENV",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "GLOBIGNORE",
    "PS4",
  ],
  ...["PROMPT_COMMAND", "FPATH", "ZDOTDIR", "NULLCMD", "READNULLCMD", "TMPPREFIX"],
  ...[
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "MANPAGER",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
  ],
  // The loader and the C library
  ...["LIBPATH", "SHLIB_PATH", "PATH_LOCALE", "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "MALLOC_TRACE"],
  ...["HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "NIS_PATH", "NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS"],
  ...["RES_TERM_OPTIONS", "TERMINFO", "TERMINFO_DIRS", "TERMPATH", "TERMCAP", "TMPDIR", "TZDIR", "AUTHSTATE"],
  ...["OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"],
  // The runtimes of languages
  ...[
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_REPL_EXTERNAL_MODULE",
    "NODE_TLS_REJECT_UNAUTHORIZED",
  ],
  ...["PYTHONHOME", "PYTHONPATH", "PYTHONINSPECT", "PYTHONSTARTUP", "PYTHONUSERBASE", "PYTHONBREAKPOINT"],
  ...["PYTHONPYCACHEPREFIX", "PYTHONWARNINGS", "PYTHONEXECUTABLE"],
  ...["PERL5LIB", "PERL5OPT", "PERL5DB", "PERLLIB", "PERLIO_DEBUG", "RUBYLIB", "RUBYOPT", "RUBYSHELL"],
  ...["BUNDLE_GEMFILE", "GEM_HOME", "GEM_PATH", "PHPRC", "PHP_INI_SCAN_DIR"],
  ...[
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JDK_JAVAC_OPTIONS",
    "_JAVA_OPTIONS",
    "JAVA_OPTS",
    "CLASSPATH",
  ],
  ...["DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE"],
  // Git
  ...["GIT_ASKPASS", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EXEC_PATH"],
  ...["GIT_PROXY_COMMAND", "GIT_TEMPLATE_DIR", "GIT_DIR"],
]);

/** Why a prefix does not set a variable of this name. Undefined: it does. */
export function whyRefused(name: string): string | undefined {
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) {
    return "is not a name of capital letters, digits and underscores";
  }
  const isRefused = NAMES.has(name) || FAMILIES.some((family) => name.startsWith(family));
  return isRefused ? "changes which program runs, or what code it loads" : undefined;
}
