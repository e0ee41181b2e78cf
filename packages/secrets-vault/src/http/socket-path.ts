/** The longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_PATH = 103;

/** The path of a socket in an address such as `unix:/run/vault.sock`. Undefined: it is not an address of a socket. */
export function socketPathIn(text: string): string | undefined {
  const match = /^unix:(?:\/\/)?(\/.*)$/is.exec(text);
  return match?.[1];
}

/** What is wrong with the path of a socket. Undefined: nothing. */
export function problemOfSocketPath(path: string): string | undefined {
  if (path.includes("\0") || path.endsWith("/")) return "must end with the path of a socket";
  if (Buffer.byteLength(path) > LONGEST_PATH)
    return `must not have a path of more than ${LONGEST_PATH} bytes, the longest that a socket can have`;
  return undefined;
}

/** An address of a socket, as a URL. */
export function socketAddress(path: string): URL {
  const url = new URL("unix:///");
  url.pathname = path.split("/").map(encodeURIComponent).join("/");
  return url;
}

/** The path of the socket that an address leads to. Undefined: it leads to a host. */
export function socketPathOf(address: URL): string | undefined {
  return address.protocol === "unix:" ? decodeURIComponent(address.pathname) : undefined;
}
