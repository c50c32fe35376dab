import { useMemo, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Activity, DarknetPorts, WhyNot } from '../api/darknet';
import type { Results } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Band } from '../parts/Estimate';
import { Axis, Heat } from '../parts/Heat';
import { Judged } from '../parts/Judged';
import { Summaries } from '../parts/summaries';
import { Grade, Source, Time, Value } from '../parts/Value';
import { go } from '../state/router';
import { num } from '../text/number';
import { entityPath } from '../text/defang';
import { parse, stamp } from '../text/time';

// Darknet is what has begun among those who knock at addresses where nobody
// lives: activities with what to do, and the ports over time.
export function Darknet() {
  return (
    <>
      <h1>{t('nav.darknet')}</h1>
      <p class="quiet">{t('engine.darknet.text')}</p>
      <Activities />
      <Ports />
      <Why />
      <Values />
    </>
  );
}

export const activityPath = (id: string): string => `/darknet/${seg(id)}`;

function Activities() {
  const [all, setAll] = useState(false);
  const found = useResource(async (signal) => (await ask<Activity[] | null>('/darknet/activities', { query: { all, limit: 100 }, signal })) ?? [], ['activities', all], { every: 30_000 });
  return (
    <Block
      title={t('darknet.activities')} of={found} lines={5} absent={t('engine.darknet.absent')}
      note={<button type="button" class="plain" aria-pressed={all} onClick={() => setAll(!all)}>{t(all ? 'darknet.hide' : 'darknet.all')}</button>}
      empty={(list) => (list.length ? null : <><p>{t('darknet.none')}</p><p><code>cure publish darknet --source darknet/a dark.pcap</code></p></>)}
    >
      {(list) => <ol class="activities">{list.map((a) => <Card key={a.id} of={a} />)}</ol>}
    </Block>
  );
}

function Card({ of: a }: { of: Activity }) {
  const engines = [...new Set((a.votes ?? []).map((v) => v.engine))];
  return (
    <li data-row class={`activity ${a.suppressed ? 'overruled' : ''}`}>
      <span class="activity-head"><Band of={a.severity} /> <a class="finding-title" href={activityPath(a.id)}><bdi>{a.title}</bdi></a> <span class="right quiet"><Time at={a.start} far /> <Grade of={a.marking} /></span></span>
      <p><b><bdi>{a.todo}</bdi></b></p>
      <span class="feed-line">
        <Burst now={a.sources} before={a.before} />
        {(a.ports ?? []).slice(0, 5).map((o) => <Value key={o.value} of={o} kind={false} />)}
        <Source name={a.sensor} />
        <span class="quiet">{tn('darknet.engines', engines.length)} <bdi>{engines.join(t('list.comma'))}</bdi></span>
      </span>
      <span class="feed-line quiet small">
        <bdi>{a.pattern}</bdi> {a.fingerprint && <bdi>{a.fingerprint}</bdi>}
        {a.set_aside?.length ? <span>{t('darknet.aside')} <bdi>{a.set_aside.join(t('list.comma'))}</bdi></span> : null}
      </span>
      {a.suppressed && <p class="warn small">{t('decide.overruled')} <bdi>{a.suppressed.name}: {a.suppressed.reason}</bdi></p>}
    </li>
  );
}

// Burst draws how many sources there are against how many were expected.
export function Burst({ now, before }: { now: number; before: number }) {
  const most = Math.max(now, before, 1);
  const text = t('darknet.burst', { now: num(now), before: num(Math.round(before)) });
  return (
    <span class="burst" title={text}>
      <svg viewBox="0 0 100 14" aria-hidden="true"><rect class="was" x="0" y="2" width={Math.max((100 * before) / most, 1)} height="4" /><rect class="now" x="0" y="7" width={(100 * now) / most} height="5" /></svg>
      <span>{text}</span>
    </span>
  );
}

const shownPorts = 40;

// Ports draws the ports over time: a row a port, the darker the more sources.
function Ports() {
  const [hours, setHours] = useState(24);
  const over = useResource((signal) => ask<DarknetPorts>('/darknet/ports', { query: { hours }, signal }), ['darknet.ports', hours], { every: 60_000 });
  return (
    <Block
      title={t('darknet.ports')} of={over} lines={6} absent={t('engine.darknet.absent')} empty={(p) => (p.ports?.length ? null : <p>{t('darknet.ports.none')}</p>)}
      note={<span class="pills">{[6, 24, 72, 168].map((h) => <button key={h} type="button" class="pill" aria-pressed={hours === h} onClick={() => setHours(h)}>{tn('shift.hours', h)}</button>)}</span>}
    >
      {(p) => <PortHeat of={p} />}
    </Block>
  );
}

function PortHeat({ of: p }: { of: DarknetPorts }) {
  const rows = useMemo(() => (p.ports ?? []).slice(0, shownPorts), [p]);
  const at = useMemo(() => (r: number, c: number) => rows[r]?.sources?.[c] ?? 0, [rows]);
  const tint = useMemo(() => (r: number) => (rows[r]?.activities?.length ? '--bad' : ''), [rows]);
  const from = parse(p.from) ?? 0;
  const other: [string, number[] | null][] = [[t('darknet.backscatter'), p.backscatter], [t('darknet.overflow'), p.overflow]];
  return (
    <>
      <p class="quiet">{t('darknet.ports.text')}</p>
      <div class="heat-with-names">
        <ol style={{ '--row': '18px' }}>
          {rows.map((r) => (
            <li key={r.port.value} class={r.activities?.length ? 'alarmed' : ''}>
              <a href={r.activities?.[0] ? activityPath(r.activities[0]) : entityPath(r.port)} title={tn('darknet.sources', r.most)}><bdi>{r.port.value}</bdi></a>
              {r.activities?.length ? <span aria-label={t('darknet.alarmed')}>▲</span> : null}
            </li>
          ))}
        </ol>
        <div>
          <Heat
            rows={rows.length} columns={p.steps} at={at} rowHeight={18} tint={tint} label={t('darknet.ports.label', { n: rows.length })}
            pick={(r, c) => `${rows[r]?.port.value} ${stamp(from + c * p.step * 1000)}: ${num(at(r, c))}`}
            onRow={(r) => { const row = rows[r]; if (row) go(row.activities?.[0] ? activityPath(row.activities[0]) : entityPath(row.port)); }}
          />
          <Axis from={from} to={from + p.steps * p.step * 1000} />
        </div>
      </div>
      {other.map(([name, counts]) => counts?.some((n) => n > 0) && <Strip key={name} name={name} counts={counts} />)}
      {p.other + Math.max((p.ports?.length ?? 0) - rows.length, 0) > 0 && <p class="quiet">{t('entity.cut', { n: num(p.other + Math.max((p.ports?.length ?? 0) - rows.length, 0)) })}</p>}
      <details class="figures">
        <summary>{t('darknet.ports')}</summary>
        <table><thead><tr><th>{t('kind.port')}</th><th class="n">{t('darknet.most')}</th></tr></thead><tbody>{rows.map((r) => <tr key={r.port.value}><td><Value of={r.port} kind={false} /></td><td class="n">{num(r.most)}</td></tr>)}</tbody></table>
      </details>
    </>
  );
}

function Strip({ name, counts }: { name: string; counts: number[] }) {
  const at = useMemo(() => (_: number, c: number) => counts[c] ?? 0, [counts]);
  const text = `${name}: ${num(counts.reduce((a, b) => a + b, 0))}`;
  return <div class="heat-with-names"><span /><div><p class="quiet small">{text}</p><Heat rows={1} columns={counts.length} at={at} rowHeight={12} tint={grey} label={text} /></div></div>;
}

const grey = () => '--quiet';

// Why asks why a port did not alarm, or did.
function Why() {
  const [asked, setAsked] = useState<{ port: string; at: string }>();
  const said = useResource((signal) => ask<WhyNot>('/darknet/why', { query: asked, signal }), ['why', asked], { when: asked !== undefined });
  const now = useMemo(() => new Date().toISOString().slice(0, 16), []);
  return (
    <Panel title={t('darknet.why')} id="why">
      <form
        class="inline-form"
        onSubmit={(e) => {
          e.preventDefault();
          const f = new FormData(e.currentTarget);
          setAsked({ port: String(f.get('port')).trim(), at: `${String(f.get('at'))}:00Z` });
        }}
      >
        <label>{maybe('kind', 'port')} <input name="port" required placeholder="tcp/23" autocomplete="off" /></label>
        <label>{t('col.time')} (UTC) <input name="at" type="datetime-local" required defaultValue={now} /></label>
        <button>{t('darknet.why.go')}</button>
      </form>
      {asked && (
        <Block of={said} lines={3} class="bare" absent={t('engine.darknet.absent')}>
          {(w) => (
            <>
              <p class="verdict"><Value of={w.port} kind={false} /> <Time at={w.at} /> <b><bdi>{w.answer}</bdi></b></p>
              {(w.sensors ?? []).map((s) => (
                <div key={s.sensor}>
                  <h3><Source name={s.sensor} /> {(s.activities ?? []).map((id) => <a key={id} href={activityPath(id)}>{t('darknet.activity')}</a>)}</h3>
                  {s.judged?.length ? <Judged of={s.judged} label={t('darknet.why')} /> : <p class="void">{t('darknet.forgotten')}</p>}
                </div>
              ))}
            </>
          )}
        </Block>
      )}
    </Panel>
  );
}

function Values() {
  const found = useResource((signal) => ask<Results>('/search', { query: { q: 'source:darknet', limit: 500 }, signal }), ['darknet.values']);
  return (
    <Block title={t('engine.darknet.values')} of={found} lines={6} empty={(r) => (r.values?.length ? null : <p>{t('engine.none')}</p>)}>
      {(r) => <Summaries of={r.values ?? []} label={t('engine.darknet.values')} height={360} />}
    </Block>
  );
}
