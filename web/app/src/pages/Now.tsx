import type { ComponentChildren } from 'preact';
import type { Resource } from '../api/resource';
import { useResource } from '../api/resource';
import { ask } from '../api/client';
import type { Detection, NowAnswer, NowLink, NowLinks, Stats } from '../api/types';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { KeptLine } from '../parts/Kept';
import { SearchBox } from '../parts/SearchBox';
import { Grade, Roles, Source, Tags, Time, Value, Weight } from '../parts/Value';
import { publisherOf } from '../parts/layer';
import { num } from '../text/number';
import { go } from '../state/router';
import { pasted } from '../state/pasted';
import { PictureFrame } from '../picture/PictureFrame';
import { usePicture } from '../picture/data';

// Now is the first page: ask, see the whole, see what is new and why it
// matters.
export function Now() {
  const stats = useResource((signal) => ask<Stats>('/stats', { signal }), ['stats'], { every: 30_000 });
  const picture = usePicture('');
  const now = useResource((signal) => ask<NowAnswer>('/now', { signal }), ['now'], { every: 10_000 });
  return (
    <>
      <h1 class="hidden">{t('nav.now')}</h1>
      <div class="hero">
        <SearchBox big />
        <p class="hero-more">
          <button type="button" class="plain" onClick={() => { pasted.value = ''; go('/q#text'); }}>{t('now.paste')}</button>
          <Figures of={stats} />
          <KeptLine />
        </p>
      </div>
      {stats.data?.sources === 0 ? <FirstSteps /> : (
        <div class="now-columns">
          <PictureFrame picture={picture} compact />
          <div class="rail">
            <Findings of={now} />
            <Linked of={now} title={t('now.alerts')} part={(n) => n.alerts} more={<a class="more" href="/alerts">{t('nav.alerts')}</a>} />
            <Linked of={now} title={t('now.links')} part={(n) => n.links} more={<a class="more" href="/links">{t('nav.links')}</a>} />
          </div>
        </div>
      )}
    </>
  );
}

function Figures({ of }: { of: Resource<Stats> }) {
  const s = of.data;
  if (!s) return <span class="quiet">…</span>;
  return (
    <span class="figures-line">
      <a href="/sources"><b>{num(s.sources)}</b> {tn('now.sources', s.sources)}</a>
      <span><b>{num(s.observations)}</b> {t('now.observations')}</span>
      <span><b>{num(s.values?.['ip'])}</b> {t('now.addresses')}</span>
      <span>{t('now.until')} <Time at={s.last} far /></span>
    </span>
  );
}

function Findings({ of }: { of: Resource<NowAnswer> }) {
  return (
    <Block
      title={t('now.findings')} of={of} lines={2} absent={t('now.findings.absent')} note={<a class="more" href="/cases">{t('nav.cases')}</a>}
      empty={(n) => (n.detections.values?.length ? null : <p>{t('now.findings.empty')}</p>)}
    >
      {(n) => <ol class="findings">{(n.detections.values ?? []).slice(0, 4).map((d) => <Finding key={d.id} of={d} />)}</ol>}
    </Block>
  );
}

export function Finding({ of: d }: { of: Detection }) {
  return (
    <li data-row class="finding">
      <a class="finding-title" href={`/case/${encodeURIComponent(d.id)}`}><bdi>{d.title}</bdi></a>
      <p class="quiet">
        {d.sources?.length ? `${tn('count.addresses', d.sources.length)} · ` : ''}
        {d.engine && <><bdi>{d.engine}</bdi> · </>}
        <Time at={d.start} far /> {d.marking && <Grade of={d.marking} />}
      </p>
      {d.pattern && <p><bdi>{d.pattern}</bdi></p>}
      {d.ports?.length ? <p>{d.ports.slice(0, 4).map((o) => <Value key={o.value} of={o} />)}</p> : null}
    </li>
  );
}

function Linked({ of, title, part, more }: { of: Resource<NowAnswer>; title: string; part: (n: NowAnswer) => NowLinks; more: ComponentChildren }) {
  return (
    <Block title={title} of={of} lines={4} note={more} absent={t('now.links.empty')} empty={(n) => (part(n).values?.length ? null : <p>{t('now.links.empty')}</p>)}>
      {(n) => (
        <>
          <ol class="feed">{(part(n).values ?? []).slice(0, 8).map((l) => <Line key={l.observable.kind + l.observable.value} of={l} />)}</ol>
          {part(n).total > 8 && <p class="quiet">{t('now.inall', { n: num(part(n).total) })}{part(n).cut ? '+' : ''}</p>}
        </>
      )}
    </Block>
  );
}

function Line({ of: l }: { of: NowLink }) {
  const fresh = new Set((l.new ?? []).map(publisherOf));
  const publishers = [...new Set((l.sources ?? []).map(publisherOf))].sort((a, b) => Number(fresh.has(b)) - Number(fresh.has(a)));
  return (
    <li data-row>
      <span class="feed-line"><Value of={l.observable} /> <span class="right"><Weight of={l.weight} why={l.why} /></span></span>
      <span class="feed-line">
        {publishers.slice(0, 5).map((p) => <Source key={p} name={p} />)}
        <span class="quiet"><Roles of={l.roles} /></span> <Tags of={l.tags} most={2} />
      </span>
      <span class="feed-line quiet small"><bdi>{l.why}</bdi> <span class="right"><Time at={l.arrived} far /></span></span>
    </li>
  );
}

function FirstSteps() {
  return (
    <Panel class="steps" title={t('steps.title')}>
      <ol>
        <li><p>{t('steps.sensor')}</p><code>cure publish cowrie cowrie.json.gz</code></li>
        <li><p>{t('steps.list')}</p><code>cure publish feeds --feed ipsum ipsum.txt</code></li>
        <li><p>{t('steps.ask')}</p><code>cure search 198.51.100.7</code></li>
      </ol>
      <p>{t('steps.demo')} <code>cure demo</code></p>
    </Panel>
  );
}
