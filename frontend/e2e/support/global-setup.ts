import { startMockStack } from './mock-stack';

/** Gives the tests a stack: the deployed one that BASE_URL names, or else a mock of it. */
export default async function globalSetup() {
  if (process.env.BASE_URL) return;
  const mock = await startMockStack();
  const tell = (what: string) =>
    `"${process.execPath}" -e "fetch('${mock.url}/mock/${what}', { method: 'POST' })"`;
  Object.assign(process.env, {
    BASE_URL: mock.url,
    KILL_PRIMARY_CMD: tell('kill-primary'),
    RESTORE_CMD: tell('restore'),
    STOP_GATEWAY_CMD: tell('stop-gateway'),
    START_GATEWAY_CMD: tell('start-gateway'),
  });
  return mock.close;
}
