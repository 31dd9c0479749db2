export function LatencyRoute() {
  return <h1>Latency</h1>;
}
