export function CacheRoute() {
  return <h1>Cache</h1>;
}
