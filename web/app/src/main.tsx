import { render } from 'preact';
import { effect } from '@preact/signals';
import { App } from './app';
import { speak } from './i18n';
import { follow, lang } from './state/prefs';
import { listen } from './state/keyboard';
import { banner } from './state/session';
import { travel } from './state/router';
import { guard } from './text/guard';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/pages.css';

guard();
banner.value = document.querySelector<HTMLMetaElement>('meta[name="cure-banner"]')?.content ?? '';
follow(document.documentElement);
travel();
listen();

void speak().then(() => {
  const host = document.getElementById('app');
  if (host) render(<App />, host);
  effect(() => {
    void lang.value;
    void speak();
  });
});
