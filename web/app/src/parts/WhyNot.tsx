import { useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Answer, Observable, Override, Picture, Results, SourceStatus } from '../api/types';
import { t } from '../i18n';
import { stamp, parse } from '../text/time';
import { num } from '../text/number';
import { Block, Panel } from './Block';
import { conditionOf } from './condition';
import { Value } from './Value';

// A Reason is one thing that keeps a value from being seen, with where to look.
export interface Reason { what: 'known' | 'older' | 'muted' | 'expired' | 'collected' | 'down' | 'bad' | 'nothing'; text: string; to?: string }

const topics: Partial<Record<Observable['kind'], string>> = { cidr: 'ip', port: 'ip', asn: 'ip', url: 'domain', cve: 'tag', fp: 'tag' };

const mostNamed = 6; // sources; the page of sources has all

const when = (iso: string | undefined) => (parse(iso) === undefined ? '—' : stamp(parse(iso)!));

export interface Facts { answer: Answer; mutes: Override[]; sources: SourceStatus[]; databases: Picture['databases'] }

// reasonsOf puts together why a value is not where somebody looks for it: in
// the last hours, or at all.
export function reasonsOf({ answer: a, mutes, sources, databases }: Facts, hours: number, now: number): Reason[] {
  const out: Reason[] = [];
  for (const m of mutes) out.push({ what: 'muted', text: t('why.muted', { name: m.name ?? '', time: m.expires ? when(m.expires) : t('why.always'), reason: m.reason }), to: '/alerts' });
  const last = parse(a.last);
  if (a.known && last !== undefined) {
    if (hours && last < now - hours * 3_600_000) out.push({ what: 'older', text: t('why.older', { time: stamp(last), hours }) });
    else out.push({ what: 'known', text: t('why.known', { n: a.sources?.length ?? 0, time: stamp(last) }) });
    return out;
  }
  if (a.miss?.since) out.push({ what: 'expired', text: t('why.expired', { time: when(a.miss.since) }) });
  const topic = topics[a.observable.kind] ?? a.observable.kind;
  const without = databases.filter((d) => d.sources === 0 && d.topics?.includes(topic)).map((d) => d.name);
  if (without.length) out.push({ what: 'collected', text: t('why.collected', { names: without.join(t('list.comma')) }), to: '/sources' });
  const down = sources.map((s) => ({ s, c: conditionOf(s, now) })).filter(({ c }) => c === 'silent' || c === 'failing');
  for (const { s, c } of down.slice(0, mostNamed)) {
    out.push({ what: 'down', text: t('why.down', { source: s.source, state: t(`state.${c}`), time: when(s.operating?.arrived ?? s.last) }), to: `/sources#${s.source}` });
  }
  const bad = sources.filter((s) => s.operating?.quarantined).sort((x, y) => y.operating!.quarantined - x.operating!.quarantined);
  for (const s of bad.slice(0, mostNamed)) {
    out.push({ what: 'bad', text: t('why.bad', { source: s.source, n: num(s.operating!.quarantined) }), to: `/quarantine?source=${encodeURIComponent(s.source)}` });
  }
  if (!out.some((r) => ['muted', 'collected', 'down', 'bad'].includes(r.what))) out.push({ what: 'nothing', text: t('why.nothing') });
  return out;
}

// Reasons says why a value is not here, as far as one may know.
export function Reasons({ of: o, hours = 0 }: { of: Observable; hours?: number }) {
  const name = `${o.kind}:${o.value}`;
  const facts = useResource(async (signal): Promise<Facts> => {
    const [answer, mutes, sources, picture] = await Promise.all([
      ask<Answer>(`/observables/${seg(o.kind)}/${seg(o.value)}`, { signal }),
      ask<Override[] | null>('/overrides', { query: { kind: 'suppress', observable: name }, signal }),
      ask<SourceStatus[] | null>('/sources', { signal }),
      ask<Picture>('/picture', { signal }),
    ]);
    return { answer, mutes: mutes ?? [], sources: sources ?? [], databases: picture.databases ?? [] };
  }, ['why', name, hours]);
  return (
    <Block of={facts} lines={3} class="bare">
      {(f) => (
        <>
          <ul class="reasons">{reasonsOf(f, hours, Date.now()).map((r, i) => <li key={i} class={r.what}>{r.to ? <a href={r.to}><bdi>{r.text}</bdi></a> : <bdi>{r.text}</bdi>}</li>)}</ul>
          <p class="quiet small">{t('why.rights')}</p>
        </>
      )}
    </Block>
  );
}

// WhyNot asks for a value, in any spelling, why it is not on the page.
export function WhyNot({ hours }: { hours: number }) {
  const [asked, setAsked] = useState('');
  const found = useResource((signal) => ask<Results>('/search', { query: { q: asked, limit: 1 }, signal }), ['why', asked], { when: asked !== '' });
  const one = found.data?.values?.[0]?.observable ?? found.data?.misses?.[0]?.observable;
  return (
    <Panel title={t('why.title')} id="why" class="no-print">
      <form
        class="inline-form"
        onSubmit={(e) => {
          e.preventDefault();
          setAsked(String(new FormData(e.currentTarget).get('value') ?? '').trim());
        }}
      >
        <label>{t('why.value')} <input name="value" required maxLength={2000} autocomplete="off" spellcheck={false} /></label>
        <button>{t('why.go')}</button>
      </form>
      {asked && (
        <Block of={found} lines={2} class="bare" empty={() => (one ? null : <p>{t('why.notvalue')}</p>)}>
          {() => one && <><p><Value of={one} /></p><Reasons of={one} hours={hours} /></>}
        </Block>
      )}
    </Panel>
  );
}
