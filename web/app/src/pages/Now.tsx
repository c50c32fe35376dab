import type { Resource } from '../api/resource';
import { useResource } from '../api/resource';
import { ask } from '../api/client';
import type { Detection, Picture, Stats, Summary } from '../api/types';
import { t, tn, maybe } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { SearchBox } from '../parts/SearchBox';
import { Roles, Source, Tags, Time, Value, Grade } from '../parts/Value';
import { publisherOf } from '../parts/layer';
import { num } from '../text/number';
import { entityPath } from '../text/defang';
import { go } from '../state/router';
import { pasted } from '../state/pasted';
import { PictureFrame } from '../picture/PictureFrame';
import { usePicture } from '../picture/data';

// Now is the first page: ask, see the whole, see what is new and why it
// matters.
export function Now() {
  const stats = useResource((signal) => ask<Stats>('/stats', { signal }), ['stats'], { every: 30_000 });
  const picture = usePicture('');
  const rare = useResource((signal) => ask<Summary[] | null>('/top', { query: { rare: true, limit: 30 }, signal }), ['rare'], { every: 30_000 });
  const nothing = stats.data?.sources === 0;
  return (
    <>
      <h1 class="hidden">{t('nav.now')}</h1>
      <div class="hero">
        <SearchBox big />
        <p class="hero-more">
          <button type="button" class="plain" onClick={() => { pasted.value = ''; go('/q#text'); }}>{t('now.paste')}</button>
          <Figures of={stats} />
        </p>
      </div>
      {nothing ? <FirstSteps /> : (
        <div class="now-columns">
          <PictureFrame picture={picture} compact />
          <div class="rail">
            <Findings of={picture} />
            <NewLinks of={rare} />
          </div>
        </div>
      )}
    </>
  );
}

function Figures({ of }: { of: Resource<Stats> }) {
  const s = of.data;
  if (!s) return <span class="quiet">…</span>;
  const ips = s.values?.['ip'] ?? 0;
  return (
    <span class="figures-line">
      <a href="/sources"><b>{num(s.sources)}</b> {tn('now.sources', s.sources)}</a>
      <span><b>{num(s.observations)}</b> {t('now.observations')}</span>
      <span><b>{num(ips)}</b> {t('now.addresses')}</span>
      <span>{t('now.until')} <Time at={s.last} far /></span>
    </span>
  );
}

function Findings({ of }: { of: Resource<Picture> }) {
  return (
    <Block title={t('now.findings')} of={of} lines={2} absent={t('now.findings.absent')} note={<a class="more" href="/cases">{t('nav.cases')}</a>}
      empty={(p) => (p.detections?.length ? null : <p>{t('now.findings.empty')}</p>)}
    >
      {(p) => (
        <ol class="findings">
          {(p.detections ?? []).slice(0, 4).map((d) => <Finding key={d.id} of={d} />)}
        </ol>
      )}
    </Block>
  );
}

export function Finding({ of: d }: { of: Detection }) {
  return (
    <li data-row class="finding">
      <a class="finding-title" href={`/case/${encodeURIComponent(d.id)}`}><bdi>{d.title}</bdi></a>
      <p class="quiet">
        {d.sources?.length ? `${tn('count.addresses', d.sources.length)} · ` : ''}
        {d.engine && <><span>{t('finding.by')} </span><bdi>{d.engine}</bdi> · </>}
        <Time at={d.start} far /> {d.marking && <Grade of={d.marking} />}
      </p>
      {d.pattern && <p><bdi>{d.pattern}</bdi></p>}
      <p>{(d.ports ?? []).slice(0, 4).map((o) => <Value key={o.value} of={o} />)}</p>
    </li>
  );
}

function NewLinks({ of }: { of: Resource<Summary[] | null> }) {
  return (
    <Block
      title={t('now.links')} of={of} lines={5} note={<a class="more" href="/links">{t('nav.links')}</a>}
      empty={(all) => (all?.length ? null : <p>{t('now.links.empty')}</p>)}
    >
      {(all) => (
        <ol class="feed">
          {ranked(all ?? []).slice(0, 9).map((s) => (
            <li key={s.observable.value} data-row>
              <span class="feed-line"><Value of={s.observable} /> <span class="right quiet"><Time at={s.last} far /></span></span>
              <span class="feed-line">
                {[...new Set((s.sources ?? []).map(publisherOf))].map((p, i) => <>{i > 0 && <span class="quiet"> {t('now.and')} </span>}<Source name={p} /></>)}
                <span class="quiet"> <Roles of={s.roles} /></span> <Tags of={s.tags} most={2} />
              </span>
              <a class="hidden" href={entityPath(s.observable)}>{t('now.open', { kind: maybe('kind', s.observable.kind) })}</a>
            </li>
          ))}
        </ol>
      )}
    </Block>
  );
}

// ranked keeps the newest first but puts those with roles and tags, which say
// why they matter, before the bare ones of the same hour.
export function ranked(all: Summary[]): Summary[] {
  const hour = (s: Summary) => Math.floor(Date.parse(s.last ?? '') / 3_600_000) || 0;
  const worth = (s: Summary) => (s.tags?.length ? 2 : 0) + (s.roles?.some((r) => r !== 'scanner') ? 1 : 0);
  return [...all].sort((a, b) => hour(b) - hour(a) || worth(b) - worth(a));
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
