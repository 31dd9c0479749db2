import { Link } from 'wouter';

import { PageHead } from '@/components/ui/page-head';

export function NotFoundRoute() {
  return (
    <PageHead title="There is no such page">
      <Link href="/">Back to the search</Link>
    </PageHead>
  );
}
