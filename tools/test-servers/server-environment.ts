/** This process's environment for a server, with a home that is its own. @param without variables that would configure it */
export function serverEnvironment(home: string, without: RegExp): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !without.test(entry[0]),
  );
  return { ...Object.fromEntries(inherited), HOME: home };
}
