import { Component } from 'react';
import type { ReactNode } from 'react';

import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

interface State {
  readonly broken: boolean;
}

/** A view that breaks says so; the navigation around it stays. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError(): State {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Notice
        icon="alert"
        tone="bad"
        title="This view is broken"
        action={
          <Button
            onClick={() => {
              window.location.reload();
            }}
          >
            Reload the page
          </Button>
        }
      >
        <p>The fault is in the page. The other views still work.</p>
      </Notice>
    );
  }
}
