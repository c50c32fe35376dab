import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t, type Key } from '../i18n';
import { lang, theme, zone, type Theme } from '../state/prefs';
import { helpOpen, ways } from '../state/keyboard';
import { place } from '../state/router';
import { banner, me, orgs, preview, session } from '../state/session';
import { SearchBox } from './SearchBox';

const pages: [Key, string][] = [
  ['nav.now', '/'], ['nav.picture', '/picture'], ['nav.alerts', '/alerts'], ['nav.tickets', '/tickets'], ['nav.cases', '/cases'], ['nav.campaigns', '/c'],
  ['nav.pivot', '/g'], ['nav.tags', '/tags'], ['nav.links', '/links'], ['nav.sources', '/sources'], ['nav.shift', '/shift'],
];

const engines: [Key, string][] = [
  ['nav.darknet', '/darknet'], ['nav.malware', '/malware'], ['nav.vulnerabilities', '/vulnerabilities'], ['nav.intelligence', '/intelligence'],
];

// Frame is what stands around every page.
export function Frame({ children }: { children: ComponentChildren }) {
  if (place.value.query.has('wall')) return <>{children}</>;
  const who = me.value?.principal;
  return (
    <>
      <a class="skip" href="#main">{t('frame.skip')}</a>
      {banner.value && <p class="banner">{banner.value}</p>}
      <Viewing />
      <header class="top">
        <a class="brand" href="/" aria-label={t('frame.home')}>
          <Mark />
          <span>OpenCURE</span>
        </a>
        {place.value.path === '/' ? <span class="search" /> : <SearchBox />}
        <Choices />
        {who && <Account />}
      </header>
      <nav class="pages" aria-label={t('frame.pages')}>
        <ul>
          {pages.map(([key, path]) => <Way key={path} name={t(key)} path={path} />)}
          <li class="gap" aria-hidden="true" />
          {engines.map(([key, path]) => <Way key={path} name={t(key)} path={path} />)}
          {who?.role === 'admin' && <Way name={t('nav.admin')} path="/admin" />}
        </ul>
      </nav>
      {children}
      <footer class="foot">
        <span>OpenCURE {me.value?.version}</span>
        <span>{t('frame.zone', { zone: zone.value })}</span>
        <span><kbd>?</kbd> {t('frame.keys')}</span>
        <a href="/searches">{t('nav.searches')}</a>
        <a href="/api/docs">API</a>
        <a href="/plain/">{t('frame.plain')}</a>
        <a href="/licences">{t('frame.licences')}</a>
      </footer>
      <Help />
    </>
  );
}

function Way({ name, path }: { name: string; path: string }) {
  const here = place.value.path;
  const on = path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`) || (path === '/cases' && here.startsWith('/case/')) || (path === '/tickets' && here.startsWith('/t/'));
  return <li><a href={path} aria-current={on ? 'page' : undefined}>{name}</a></li>;
}

function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
      <circle class="mark-hub" cx="12" cy="12" r="5.6" />
      <circle class="mark-observation" cx="3.6" cy="16.8" r="2.4" />
      <circle class="mark-observation" cx="20.4" cy="16.8" r="2.4" />
      <circle class="mark-meaning" cx="12" cy="2.9" r="2.3" />
      <circle class="mark-enricher" cx="12" cy="21" r="1.7" />
    </svg>
  );
}

// Viewing says through whose eyes the pages are looked at.
function Viewing() {
  if (!preview.value) return null;
  const name = orgs.value.find((o) => o.id === preview.value)?.name ?? preview.value;
  return (
    <p class="viewing" role="status">
      <span>{t('preview.as', { org: name })}</span>
      <button type="button" onClick={() => (preview.value = '')}>{t('preview.end')}</button>
    </p>
  );
}

function Account() {
  const who = me.value!.principal;
  const own = orgs.value.find((o) => o.id === who.org)?.name ?? who.org;
  return (
    <details class="menu account" name="menu">
      <summary title={t('frame.yousee', { org: own, tlp: who.max_tlp })}>
        <span class="who">{who.name}</span>
        <span class={`tlp ${who.max_tlp.toLowerCase().replace('+strict', '')}`}>{who.max_tlp}</span>
      </summary>
      <div class="sheet">
        <p>{t('frame.yousee', { org: own, tlp: who.max_tlp })}</p>
        <p class="quiet">{t('frame.role', { role: who.role, key: who.key })}</p>
        {who.role === 'admin' && orgs.value.some((o) => !o.own) && (
          <label>
            {t('preview.choose')}
            <select value={preview.value} onChange={(e) => (preview.value = e.currentTarget.value)}>
              <option value="">{t('preview.own')}</option>
              {orgs.value.filter((o) => !o.own).map((o) => <option key={o.id} value={o.id}>{o.name}</option>)}
            </select>
          </label>
        )}
        <button
          type="button" class="second"
          onClick={() => void fetch('/logout', { method: 'POST', credentials: 'same-origin', redirect: 'manual' }).then(() => {
            me.value = undefined;
            preview.value = '';
            session.value = 'ended';
          })}
        >
          {t('frame.logout')}
        </button>
      </div>
    </details>
  );
}

const themes: Theme[] = ['auto', 'light', 'dark'];

export function Choices() {
  return (
    <div class="choices">
      <button type="button" class="tool" lang={lang.value === 'en' ? 'ja' : 'en'} onClick={() => (lang.value = lang.value === 'en' ? 'ja' : 'en')} title={t('frame.lang')}>
        {lang.value === 'en' ? '日本語' : 'English'}
      </button>
      <button type="button" class="tool" onClick={() => (zone.value = zone.value === 'UTC' ? 'JST' : 'UTC')} title={t('frame.zoneswitch')}>
        {zone.value}
      </button>
      <button
        type="button" class="tool" title={t('frame.theme')}
        onClick={() => (theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto')}
      >
        {t(`theme.${theme.value}`)}
      </button>
    </div>
  );
}

function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const keys: [string, Key][] = [
    ['/', 'help.search'], ['j  k', 'help.rows'], ['Enter', 'help.open'], ['Esc', 'help.back'], ['t', 'help.table'], ['p', 'help.pivot'], ['n', 'help.ticket'], ['#', 'help.tag'], ['o', 'help.take'], ['m', 'help.mute'], ['?', 'help.help'],
  ];
  return (
    <dialog ref={dialog} id="help" class="help" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <h2 id="help-title">{t('help.title')}</h2>
      <dl>
        {keys.map(([k, text]) => [<dt key={k}>{k.split('  ').map((one) => <kbd key={one}>{one}</kbd>)}</dt>, <dd key={`${k}.`}>{t(text)}</dd>])}
        {Object.entries(ways).map(([k, path]) => [
          <dt key={k}><kbd>g</kbd> <kbd>{k}</kbd></dt>,
          <dd key={`${k}.`}><a href={path} onClick={() => (helpOpen.value = false)}>{t(wayName(path))}</a></dd>,
        ])}
      </dl>
      <h3>{t('help.language')}</h3>
      <p><code>198.51.100.0/24</code> <code>*.example.org</code> <code>source:cowrie kind:ip since:7d seen&gt;=2</code> <code>-tag:scanner</code></p>
      <form method="dialog"><button>{t('help.close')}</button></form>
    </dialog>
  );
}

const wayName = (path: string): Key => [...pages, ...engines].find(([, p]) => p === path)?.[0] ?? 'nav.admin';
