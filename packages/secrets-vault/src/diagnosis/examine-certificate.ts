import { isIP } from "node:net";
import { connect } from "node:tls";
import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import type { TlsSettings } from "../http/connections.ts";

const TIMEOUT = 3_000;
const DAY = 24 * 60 * 60_000;
const DAYS_TO_REPORT = 14;

/** Examines when the certificate of the server expires. Whether it is trusted is found out by the requests. */
export async function examineCertificate(
  address: URL,
  { ca, cert, key, serverName }: TlsSettings,
  { fact, finding, signal }: DiagnosisContext,
): Promise<void> {
  if (address.protocol !== "https:") return;
  const end = await endOfCertificate(
    {
      host: address.hostname.replace(/^\[|\]$/g, ""),
      port: address.port === "" ? 443 : Number(address.port),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...nameOf(serverName ?? address.hostname),
    },
    signal,
  );
  if (end === undefined) return;
  const days = Math.floor((end.getTime() - Date.now()) / DAY);
  fact({
    key: "certificateExpires",
    label: "certificate until",
    value: end.toISOString(),
    text: `${end.toISOString().slice(0, 10)}, ${days} days left`,
  });
  if (days >= DAYS_TO_REPORT) return;
  finding({
    code: "CERTIFICATE_EXPIRES",
    severity: days < 0 ? "broken" : "degraded",
    message:
      days < 0
        ? `The certificate of Vault expired on ${end.toISOString()}, so it is not accepted. Renew it on the server.`
        : `The certificate of Vault expires on ${end.toISOString()}. Renew it on the server before then.`,
    remedy: {},
  });
}

/** An address has no place in the handshake. */
function nameOf(host: string): { readonly servername?: string } {
  return isIP(host.replace(/^\[|\]$/g, "")) === 0 ? { servername: host } : {};
}

/** Sends nothing, and trusts nothing that it receives. Undefined: there was no handshake. */
function endOfCertificate(
  options: { readonly host: string; readonly port: number; readonly servername?: string },
  signal: AbortSignal,
): Promise<Date | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, rejectUnauthorized: false, timeout: TIMEOUT });
    const end = (date: Date | undefined) => {
      socket.destroy();
      signal.removeEventListener("abort", onAbort);
      resolve(date);
    };
    const onAbort = () => end(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", () => {
      const date = new Date(socket.getPeerCertificate().valid_to);
      end(Number.isNaN(date.getTime()) ? undefined : date);
    });
    socket.once("timeout", onAbort);
    socket.once("error", onAbort);
  });
}
