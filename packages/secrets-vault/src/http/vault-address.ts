import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** The longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_PATH = 103;

/**
 * Where Vault is: scheme, host and port, and the path before `/v1` when a proxy serves it under one; or the path of a Unix
 * socket, on which an agent listens.
 */
export const vaultAddress = settingSchema<string, URL>((input) => {
  if (typeof input !== "string") return refused("must be a string");
  const text = input.trim();
  const socket = socketPathIn(text);
  if (socket !== undefined) {
    const problem = problemOfSocketPath(socket);
    return problem === undefined ? { value: socketAddress(socket) } : refused(problem);
  }
  if (!/^https?:\/\//i.test(text))
    return refused("must begin with `https://` or `http://`, or with `unix:/` for a socket");
  const url = URL.parse(text);
  if (url === null) return refused("must be a URL such as `https://vault.example.com:8200`");
  if (url.username !== "" || url.password !== "")
    return refused("must not contain a user or a password, which Vault does not use");
  if (url.search !== "" || url.hash !== "" || text.includes("?") || text.includes("#"))
    return refused("must not contain `?` or `#`");
  // A password with a `/` that is not percent-encoded ends up in the path.
  if (text.includes("@"))
    return refused("must not contain `@`, which precedes the host in a URL with a password");
  if (/\/v1\/?$/.test(url.pathname)) return refused("must not end with `/v1`, which is added");
  return { value: url };
});

/** The address as text, for messages, without a slash at its end. */
export function addressText(url: URL): string {
  const socket = socketPathOf(url);
  return socket === undefined ? requestBase(url) : `unix:${socket}`;
}

/** The beginning of every request's URL. A socket has no host: the name is only for the header. */
export function requestBase(url: URL): string {
  if (socketPathOf(url) !== undefined) return "http://localhost";
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** The path of a socket in an address such as `unix:/run/vault.sock`. Undefined: it is not an address of a socket. */
function socketPathIn(text: string): string | undefined {
  return /^unix:(?:\/\/)?(\/.*)$/is.exec(text)?.[1];
}

/** The problem of a path of a socket. Undefined: it is valid. */
function problemOfSocketPath(path: string): string | undefined {
  if (path.includes("\0") || path.endsWith("/")) return "must end with the path of a socket";
  if (Buffer.byteLength(path) > LONGEST_PATH)
    return `must not have a path of more than ${LONGEST_PATH} bytes, the longest that a socket can have`;
  return undefined;
}

/** An address of a socket, as a URL. */
function socketAddress(path: string): URL {
  const url = new URL("unix:///");
  url.pathname = path.split("/").map(encodeURIComponent).join("/");
  return url;
}

/** The path of the socket that an address leads to. Undefined: it leads to a host. */
export function socketPathOf(address: URL): string | undefined {
  return address.protocol === "unix:" ? decodeURIComponent(address.pathname) : undefined;
}
