import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask, ApiError } from './api/client';
import type { Me, Org } from './api/types';
import { Trouble, Skeleton } from './parts/Block';
import { Frame } from './parts/Frame';
import { t } from './i18n';
import { lang } from './state/prefs';
import { me, orgs, session } from './state/session';
import { match } from './state/match';
import { place } from './state/router';
import { Login } from './pages/Login';
import { Now } from './pages/Now';

type Page = ComponentType<{ at: Record<string, string> }>;
type Load = () => Promise<Page>;

// The pages and their addresses. What is not the first page is loaded when it
// is first opened.
const routes: [string, Page | Load][] = [
  ['/', Now],
  ['/q', () => import('./pages/Answer').then((m) => m.AnswerPage)],
  ['/e/:kind/:value', () => import('./pages/Entity').then((m) => m.Entity)],
  ['/r/:id', () => import('./pages/Record').then((m) => m.RecordPage)],
  ['/picture', () => import('./pages/PicturePage').then((m) => m.PicturePage)],
  ['/links', () => import('./pages/Links').then((m) => m.Links)],
  ['/links/:a/:b', () => import('./pages/Links').then((m) => m.SharedPage)],
  ['/sources', () => import('./pages/Sources').then((m) => m.Sources)],
  ['/quarantine', () => import('./pages/Sources').then((m) => m.QuarantinePage)],
  ['/g', () => import('./pages/Pivot').then((m) => m.Pivot)],
  ['/c', () => import('./pages/Campaigns').then((m) => m.Campaigns)],
  ['/c/:id', () => import('./pages/Campaigns').then((m) => m.CampaignPage)],
  ['/alerts', () => import('./pages/Alerts').then((m) => m.Alerts)],
  ['/tickets', () => import('./pages/Tickets').then((m) => m.Tickets)],
  ['/t/:id', () => import('./pages/Tickets').then((m) => m.TicketPage)],
  ['/searches', () => import('./pages/Searches').then((m) => m.Searches)],
  ['/shift', () => import('./pages/Shift').then((m) => m.Shift)],
  ['/cases', () => import('./pages/Cases').then((m) => m.Cases)],
  ['/case/:id', () => import('./pages/Cases').then((m) => m.CasePage)],
  ['/tags', () => import('./pages/TagList').then((m) => m.TagList)],
  ['/d/:id', () => import('./pages/Documents').then((m) => m.DocumentPage)],
  ['/darknet', () => import('./pages/Darknet').then((m) => m.Darknet)],
  ['/darknet/:id', () => import('./pages/Activity').then((m) => m.ActivityPage)],
  ['/malware', () => import('./pages/Malware').then((m) => m.Malware)],
  ['/malware/c/:id', () => import('./pages/Cluster').then((m) => m.ClusterPage)],
  ['/malware/d/:sha', () => import('./pages/CodeDiff').then((m) => m.DiffPage)],
  ['/vulnerabilities', () => import('./pages/Vulnerabilities').then((m) => m.Vulnerabilities)],
  ['/intelligence', () => import('./pages/Engine').then((m) => m.Intelligence)],
  ['/admin', () => import('./pages/Admin').then((m) => m.Admin)],
  ['/licences', () => import('./pages/Licences').then((m) => m.Licences)],
];

export function App() {
  void lang.value;
  const [error, setError] = useState<ApiError>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (place.value.path === '/login') {
      session.value = 'ended';
      return;
    }
    ask<Me>('/me')
      .then((who) => {
        me.value = who;
        session.value = 'live';
        setError(undefined);
        if (who.principal.role === 'admin') void ask<Org[] | null>('/orgs').then((all) => (orgs.value = all ?? []), () => undefined);
      })
      .catch((err: unknown) => {
        if (err instanceof ApiError && err.kind !== 'unauthorized') setError(err);
      });
  }, [turn]);

  if (session.value === 'ended') return <Login onDone={() => setTurn((n) => n + 1)} />;
  if (error) return <Frame><main id="main" class="page"><Trouble error={error} retry={() => setTurn((n) => n + 1)} /></main></Frame>;
  if (session.value === 'unknown') return <Frame><main id="main" class="page"><Skeleton lines={6} /></main></Frame>;
  return (
    <Frame>
      <main id="main" class={`page ${place.value.path === '/' ? 'now' : ''}`} tabIndex={-1}>
        <Fence key={place.value.path}><Here /></Fence>
      </main>
    </Frame>
  );
}

function Here() {
  const path = place.value.path;
  for (const [pattern, page] of routes) {
    const at = match(pattern, path);
    if (at) return page === Now ? <Now /> : <Lazy key={pattern} load={page as Load} at={at} />;
  }
  return <div class="void"><h1>{t('lost.title')}</h1><p>{t('lost.text')}</p><p><a href="/">{t('nav.now')}</a></p></div>;
}

const loaded = new Map<Load, Page>();

function Lazy({ load, at }: { load: Load; at: Record<string, string> }) {
  const [page, setPage] = useState<Page | undefined>(() => loaded.get(load));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (page) return;
    load().then(
      (p) => {
        loaded.set(load, p);
        setPage(() => p);
      },
      () => setFailed(true),
    );
  }, [load]);
  if (failed) return <Trouble error={new ApiError('offline', '')} retry={() => location.reload()} />;
  const Shown = page;
  return Shown ? <Shown at={at} /> : <Skeleton lines={6} />;
}

// Fence keeps an error of one page from taking the frame with it.
class Fence extends Component<{ children: ComponentChildren }, { error?: Error }> {
  override state: { error?: Error } = {};
  static override getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    if (!this.state.error) return this.props.children;
    return <Trouble error={new ApiError('broken', this.state.error.message)} retry={() => this.setState({ error: undefined as never })} />;
  }
}
