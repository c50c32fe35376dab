import { useMemo, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { useResource } from '../api/resource';
import type { BadRecord, Matrix, SourceStatus, Status } from '../api/types';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Wide } from '../parts/Grid';

import { conditionOf } from '../parts/condition';
import { Grade, Source, Time } from '../parts/Value';
import { me, preview } from '../state/session';
import { place } from '../state/router';
import { bytesOf, textOf } from '../text/bytes';
import { compact, num, percent, size } from '../text/number';
import { span } from '../text/time';
import { usePicture } from '../picture/data';

export function Sources() {
  const all = useResource((signal) => ask<SourceStatus[] | null>('/sources', { signal }), ['sources'], { every: 15_000 });
  return (
    <>
      <h1>{t('nav.sources')}</h1>
      <Block of={all} lines={8} empty={(s) => (s?.length ? null : <p>{t('sources.empty')}</p>)}>{(s) => <Table of={s ?? []} />}</Block>
      <Without />
      <Overlap />
      <Hub />
    </>
  );
}

function Table({ of }: { of: SourceStatus[] }) {
  const now = Date.now();
  const bad = of.filter((s) => ['failing', 'silent'].includes(conditionOf(s, now)));
  return (
    <>
      {bad.length > 0 && <p class="warn">{tn('sources.bad', bad.length)}</p>}
      <Wide label={t('nav.sources')}>
        <table>
          <thead>
            <tr><th>{t('col.source')}</th><th>{t('col.state')}</th><th class="n">{t('sources.values')}</th><th class="n">{t('sources.observations')}</th><th>{t('sources.last')}</th><th>{t('sources.arrived')}</th><th>{t('sources.good')}</th><th class="n">{t('sources.rate')}</th><th class="n">{t('sources.lag')}</th><th class="n">{t('sources.quarantined')}</th><th>{t('col.grade')}</th></tr>
          </thead>
          <tbody>
            {of.map((s) => {
              const c = conditionOf(s, now);
              return (
                <tr key={s.source} id={s.source} data-row>
                  <td><a class="plainlink" href={`/q?q=${encodeURIComponent(`source:${s.source} since:7d`)}`}><Source name={s.source} /></a></td>
                  <td><span class={`state ${c}`} title={s.operating?.why}>{t(`state.${c}`)}</span></td>
                  <td class="n">{num(s.values)}</td><td class="n">{num(s.observations)}</td><td><Time at={s.last} /></td>
                  <td>{s.operating ? <Time at={s.operating.arrived} far /> : <span class="quiet">—</span>}</td>
                  <td>{s.operating ? <Time at={s.operating.good} far /> : ''}</td>
                  <td class="n">{s.operating ? rateOf(s.operating.rate ?? 0) : ''}</td>
                  <td class="n">{s.operating ? span(s.operating.lag) : ''}</td>
                  <td class="n">{s.operating?.quarantined ? <a href={`/quarantine?source=${encodeURIComponent(s.source)}`}>{num(s.operating.quarantined)}</a> : s.operating ? 0 : ''}</td>
                  <td><Grade of={s.default} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
      <Troubles of={of} />
    </>
  );
}

// rateOf writes records a second so that a rare source does not look dead.
export function rateOf(rate: number): string {
  if (rate >= 10) return num(Math.round(rate));
  if (rate >= 0.05) return rate.toFixed(1);
  const day = Math.round(rate * 86_400);
  return day > 0 ? t('sources.aday', { n: num(day) }) : '0';
}

// troublesOf says in words what is wrong with a source: its clock, its reading,
// what it sent that found no room.
export function troublesOf(s: SourceStatus): string[] {
  const all: string[] = [];
  const { operating: o, intake: i } = s;
  if (o?.refused) all.push(t('sources.refused', { n: num(o.refused), why: o.why ?? '' }));
  if (o?.clock) all.push(o.clock);
  if (i?.err) all.push(t(i.running ? 'sources.tried' : 'sources.resting', { n: num(i.attempts), why: i.err }));
  const l = i?.listening;
  if (l && l.long + l.dropped + l.evicted + l.handshakes > 0) all.push(t('sources.lost', { long: num(l.long), dropped: num(l.dropped), evicted: num(l.evicted), handshakes: num(l.handshakes) }));
  return all;
}

// Troubles is what somebody has to do something about.
function Troubles({ of }: { of: SourceStatus[] }) {
  const all = of.map((s) => ({ s, what: troublesOf(s) })).filter((x) => x.what.length > 0);
  const read = of.filter((s) => s.intake);
  return (
    <>
      {all.length > 0 && (
        <section class="alarms" aria-label={t('sources.alarms')}>
          <h3>{t('sources.alarms')}</h3>
          <ul class="feed">{all.map(({ s, what }) => what.map((w) => <li key={s.source + w} data-row><a class="plainlink" href={`#${s.source}`}><Source name={s.source} /></a> <bdi>{w}</bdi></li>))}</ul>
        </section>
      )}
      {read.length > 0 && (
        <details>
          <summary>{t('sources.intake')} {num(read.length)}</summary>
          <Wide label={t('sources.intake')}>
            <table>
              <thead><tr><th>{t('col.source')}</th><th>{t('col.state')}</th><th>{t('sources.since')}</th><th class="n">{t('sources.read')}</th><th class="n">{t('sources.published')}</th><th class="n">{t('sources.quarantined')}</th><th>{t('sources.good')}</th><th>{t('sources.error')}</th></tr></thead>
              <tbody>
                {read.map(({ source, intake: i }) => i && (
                  <tr key={source} data-row>
                    <td><Source name={source} /></td><td><span class={`state ${i.running ? 'running' : 'stopped'}`}>{t(i.running ? 'state.running' : 'state.stopped')}</span></td><td><Time at={i.since} far /></td>
                    <td class="n">{num(i.records)}</td><td class="n">{num(i.published)}</td><td class="n">{num(i.quarantined)}</td><td><Time at={i.good} far /></td><td><bdi>{i.err}</bdi></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </details>
      )}
    </>
  );
}

// Without lists the publishers this hub knows but has no source of.
function Without() {
  const picture = usePicture('');
  const none = (picture.data?.databases ?? []).filter((d) => d.sources === 0);
  if (!none.length) return null;
  return (
    <Panel title={t('sources.without')}>
      <p class="chips">{none.map((d) => <span key={d.name} class="chip" title={d.role}>{d.name}</span>)}</p>
      <p class="quiet">{t('sources.without.text')}</p>
    </Panel>
  );
}

// Overlap says how much of each publisher others hold too.
function Overlap() {
  const matrix = useResource((signal) => ask<Matrix>('/links', { signal }), ['links', 'publisher']);
  const rows = useMemo(() => overlapOf(matrix.data), [matrix.data]);
  return (
    <Block title={t('sources.overlap')} of={matrix} lines={4} note={<a class="more" href="/links">{t('nav.links')}</a>} empty={() => (rows.length > 1 ? null : <p>{t('links.empty')}</p>)}>
      {() => (
        <Wide label={t('sources.overlap')}>
          <table>
            <thead><tr><th>{t('col.source')}</th><th class="n">{t('sources.values')}</th><th>{t('sources.most')}</th><th class="n">{t('sources.share')}</th></tr></thead>
            <tbody>
              {rows.map((r) => (
                <tr key={r.name} data-row>
                  <td><Source name={r.name} /></td><td class="n">{num(r.own)}</td>
                  <td>{r.with ? <a href={`/links/${encodeURIComponent(r.name)}/${encodeURIComponent(r.with)}`}><Source name={r.with} /> {compact(r.shared)}</a> : <span class="quiet">{t('sources.alone')}</span>}</td>
                  <td class="n">{r.own ? percent(r.shared / r.own) : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Block>
  );
}

export function overlapOf(m: Matrix | undefined): { name: string; own: number; with: string; shared: number }[] {
  return (m?.names ?? []).map((name, i) => {
    const row = m?.shared?.[i] ?? [];
    let best = -1;
    row.forEach((n, j) => j !== i && n > 0 && (best < 0 || n > (row[best] ?? 0)) && (best = j));
    return { name, own: row[i] ?? 0, with: best < 0 ? '' : (m?.names?.[best] ?? ''), shared: best < 0 ? 0 : (row[best] ?? 0) };
  });
}

// Hub is the state of the machine, for administrators.
function Hub() {
  const admin = me.value?.principal.role === 'admin' && !preview.value;
  const status = useResource((signal) => ask<Status>('/status', { signal }), ['status'], { every: 15_000, when: admin });
  if (!admin) return null;
  return (
    <Block title={t('hub.title')} of={status} lines={3}>
      {(s) => (
        <dl class="facts">
          <dt>{t('hub.applied')}</dt><dd>{num(s.applied)} / {num(s.last)} {s.behind ? <span class="warn">{t('hub.behind', { n: num(s.behind) })}</span> : null}</dd>
          <dt>{t('hub.memory')}</dt><dd>{size(s.bytes)} / {size(s.budget)} <span class={`state ${s.memory === 'ok' ? 'ok' : 'failing'}`}>{s.memory}</span></dd>
          <dt>{t('hub.log')}</dt><dd>{s.log}, {size(s.log_bytes)}</dd>
          <dt>{t('hub.kept')}</dt><dd>{span(s.kept)}{s.expired ? ` · ${t('hub.expired', { n: num(s.expired) })}` : ''}{s.shed ? ` · ${t('hub.shed', { n: num(s.shed) })}` : ''}</dd>
          <dt>{t('hub.snapshot')}</dt><dd><Time at={s.snapshot} far /></dd>
          {s.alarms?.length ? <><dt>{t('sources.alarms')}</dt><dd><ul>{s.alarms.map((a) => <li key={a.source + a.what} class="warn"><Source name={a.source} /> <bdi>{a.what}</bdi></li>)}</ul></dd></> : null}
          <dt>{t('hub.engines')}</dt>
          <dd>{(s.engines ?? []).map((e) => <span key={e.name} class={`chip ${e.err ? 'bad' : ''}`} title={e.err}>{e.name} {e.version}: {num(e.emitted)}</span>)}{!s.engines?.length && t('hub.none')}</dd>
        </dl>
      )}
    </Block>
  );
}

export function QuarantinePage() {
  const source = place.value.query.get('source') ?? '';
  const bad = useResource((signal) => ask<BadRecord[] | null>('/quarantine', { query: { source, limit: 500 }, signal }), ['quarantine', source]);
  return (
    <>
      <p class="kind"><a href="/sources">{t('nav.sources')}</a></p>
      <h1>{t('quarantine.title')} {source && <Source name={source} />}</h1>
      <p class="quiet">{t('quarantine.text')}</p>
      <Block of={bad} lines={8} empty={(b) => (b?.length ? null : <p>{t('quarantine.empty')}</p>)}>
        {(b) => (
          <>
            <Reasons of={b ?? []} />
            <ol class="feed">
              {(b ?? []).slice(0, 200).map((r, i) => <Bad key={i} of={r} />)}
            </ol>
          </>
        )}
      </Block>
    </>
  );
}

function Reasons({ of }: { of: BadRecord[] }) {
  const count = new Map<string, number>();
  for (const r of of) count.set(r.reason, (count.get(r.reason) ?? 0) + 1);
  return <p class="chips">{[...count].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([why, n]) => <span class="chip" key={why}><b>{n}</b> <bdi>{why}</bdi></span>)}</p>;
}

function Bad({ of: r }: { of: BadRecord }) {
  const [open, setOpen] = useState(false);
  const raw = textOf(bytesOf(r.raw));
  return (
    <li data-row>
      <span class="feed-line"><Source name={r.source} /> <b><bdi>{r.reason}</bdi></b> <span class="right quiet"><Time at={r.time} /></span></span>
      <span class="quiet"><bdi>{r.place}</bdi></span>{' '}
      <button type="button" class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>{t('record.raw')}</button>
      {open && <pre tabIndex={0}>{raw.slice(0, 32 << 10)}</pre>}
    </li>
  );
}

