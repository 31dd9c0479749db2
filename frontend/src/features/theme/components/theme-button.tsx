import { useState } from 'react';

import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import type { IconName } from '@/components/ui/icon';

import { applyTheme, readTheme } from '../theme';
import type { Theme } from '../theme';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const icons: Record<Theme, IconName> = { system: 'contrast', light: 'sun', dark: 'moon' };

/** Goes round: the system's theme, light, dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(readTheme);
  const label = `Theme: ${theme}. Change to ${next[theme]}`;
  return (
    <Button
      look="ghost"
      square
      aria-label={label}
      title={label}
      onClick={() => {
        applyTheme(next[theme]);
        setTheme(next[theme]);
      }}
    >
      <Icon name={icons[theme]} />
    </Button>
  );
}
