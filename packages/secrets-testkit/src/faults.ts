export { freePort } from "./faults/free-port.ts";
export type { NetworkFaults } from "./faults/network-faults.ts";
export {
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from "./faults/server-process.ts";
export {
  type EndFault,
  type FaultScope,
  startTcpProxy,
  type TcpProxy,
  type TcpProxyOptions,
} from "./faults/tcp-proxy.ts";
