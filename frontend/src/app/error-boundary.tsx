import { Component } from 'react';
import type { ReactNode } from 'react';

import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

interface State {
  readonly error: Error | null;
}

/** A view that breaks says so; the navigation around it stays. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Notice
        icon="alert"
        tone="bad"
        title="The page broke here"
        action={
          <Button
            onClick={() => {
              window.location.reload();
            }}
          >
            Load it again
          </Button>
        }
      >
        <p>{error.message}</p>
      </Notice>
    );
  }
}
