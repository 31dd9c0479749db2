export function TopologyRoute() {
  return <h1>Topology</h1>;
}
