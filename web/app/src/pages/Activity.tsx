import { useMemo, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { ActivityFile, ActivityMember, HostHeat } from '../api/darknet';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Decide } from '../parts/Decide';
import { Band } from '../parts/Estimate';
import { Grid } from '../parts/Grid';
import { Axis, Heat } from '../parts/Heat';
import { Judged, Votes } from '../parts/Judged';
import { Stix } from '../parts/Stix';
import { Grade, Source, Time, Value } from '../parts/Value';
import { num } from '../text/number';
import { parse, stamp } from '../text/time';
import { Burst } from './Darknet';

// ActivityPage is one activity: what to do, and why the engines think so.
export function ActivityPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<ActivityFile>(`/darknet/activities/${seg(id)}`, { signal }), ['activity', id], { every: 60_000 });
  return (
    <>
      <p class="kind"><a href="/darknet">{t('nav.darknet')}</a></p>
      <h1>{one.data && <Band of={one.data.severity} />} <bdi>{one.data?.title ?? t('darknet.activity')}</bdi></h1>
      <Block of={one} lines={10} class="bare" absent={t('darknet.gone')}>{(a) => <Whole of={a} reload={one.reload} />}</Block>
    </>
  );
}

function Whole({ of: a, reload }: { of: ActivityFile; reload: () => void }) {
  return (
    <>
      <div class="verdict">
        <p><b><bdi>{a.todo}</bdi></b></p>
        <p><Time at={a.start} /> – <Time at={a.last} /> · {t('darknet.found')} <Time at={a.found} /> · <Source name={a.sensor} /> <Grade of={a.marking} /></p>
        <p class="feed-line"><Burst now={a.sources} before={a.before} /> <bdi>{a.pattern}</bdi></p>
        <p>{(a.ports ?? []).map((o) => <Value key={o.value} of={o} />)} {a.fingerprint && <span class="chip note"><bdi>{a.fingerprint}</bdi></span>}</p>
        {a.set_aside?.length ? <p class="quiet">{t('darknet.aside')} <bdi>{a.set_aside.join(t('list.comma'))}</bdi></p> : null}
        {a.suppressed && <p class="warn">{t('decide.overruled')} <bdi>{a.suppressed.name}: {a.suppressed.reason}</bdi></p>}
        <p><a href={`/case/${seg(a.id)}`}>{t('darknet.case')}</a> · <Stix of={{ case: a.id }} name="cure-activity" /></p>
      </div>
      <div class="two">
        <Panel title={t('darknet.growth')} note={<Legend of={a} />}><Growth of={a} /></Panel>
        <Panel title={t('darknet.portset')}><PortSet of={a} /></Panel>
      </div>
      <Panel title={t('darknet.heat')}><Hosts of={a.heat} /></Panel>
      <Panel title={t('judged.votes')}>
        {a.votes?.length ? <Votes of={a.votes} /> : <p class="void">{t('darknet.forgotten')}</p>}
        {a.judged?.length ? <details><summary>{t('darknet.judged')} {num(a.judged.length)}</summary><Judged of={a.judged} label={t('darknet.judged')} /></details> : null}
        {a.evidence?.length ? <p>{t('col.evidence')} {a.evidence.slice(0, 10).map((r, i) => <><a key={r} href={`/r/${seg(r)}`}>{t('entity.record', { n: i + 1 })}</a> </>)}</p> : null}
      </Panel>
      <Panel title={t('darknet.members')}><Members of={a.members ?? []} cut={a.cut ?? 0} /></Panel>
      <Decide target={{ detection: a.id }} onDone={reload} />
    </>
  );
}

function Legend({ of: a }: { of: ActivityFile }) {
  return <span class="chart-key small"><span><i class="now" /> {t('darknet.count')}</span>{a.baseline?.length ? <span><i class="expected" /> {t('judged.expected')}</span> : null}{a.threshold?.length ? <span><i class="limit" /> {t('judged.limit')}</span> : null}<span><i class="begin" /> {t('darknet.begin')}</span></span>;
}

// Growth draws the sources a window, what was expected and the line of alarm.
function Growth({ of: a }: { of: ActivityFile }) {
  const counts = a.growth.counts ?? [], baseline = a.baseline ?? [], threshold = a.threshold ?? [];
  const from = parse(a.growth.from) ?? 0, step = a.growth.step * 1000;
  const W = 700, H = 200;
  const most = Math.max(1, ...counts, ...baseline, ...threshold);
  const x = (i: number) => (W * i) / Math.max(counts.length, 1), y = (n: number) => H - (H - 8) * (n / most);
  const path = (list: number[]) => list.map((n, i) => `${i ? 'L' : 'M'}${x(i + 0.5).toFixed(1)} ${y(n).toFixed(1)}`).join('');
  const begin = ((parse(a.start) ?? from) - from) / step;
  const peak = counts.reduce((best, n, i) => (n > (counts[best] ?? 0) ? i : best), 0);
  if (!counts.length) return <p class="void">{t('entity.timeline.none')}</p>;
  return (
    <figure class="growth">
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={t('darknet.growth.label', { n: num(counts[peak]), time: stamp(from + peak * step) })}>
        <rect class="after" x={x(begin)} y="0" width={Math.max(W - x(begin), 0)} height={H} />
        {counts.map((n, i) => n > 0 && <rect key={i} class="now" x={x(i)} y={y(n)} width={Math.max(x(1) - 0.6, 0.8)} height={H - y(n)}><title>{`${stamp(from + i * step)}: ${num(n)}`}</title></rect>)}
        {baseline.length > 0 && <path class="expected" d={path(baseline)} />}
        {threshold.length > 0 && <path class="limit" d={path(threshold)} />}
        <line class="begin" x1={x(begin)} x2={x(begin)} y1="0" y2={H} />
      </svg>
      <Axis from={from} to={from + counts.length * step} />
      <p class="quiet small">{t('darknet.growth.label', { n: num(counts[peak]), time: stamp(from + peak * step) })}</p>
    </figure>
  );
}

function PortSet({ of: a }: { of: ActivityFile }) {
  const ports = a.port_set ?? [];
  const most = Math.max(1, ...ports.map((p) => p.sources));
  if (!ports.length) return <p class="void">{t('darknet.ports.none')}</p>;
  return (
    <ol class="bars">
      {ports.slice(0, 14).map((p) => (
        <li key={p.port.value} data-row class={p.named ? 'named' : ''}>
          <Value of={p.port} kind={false} /><span class="bar"><i style={{ width: `${(100 * p.sources) / most}%` }} /></span><span class="n">{num(p.sources)}</span>
        </li>
      ))}
      {ports.length > 14 && <li class="quiet">{t('entity.cut', { n: num(ports.length - 14) })}</li>}
    </ol>
  );
}

// Hosts draws who sent when: who is in step is a block.
function Hosts({ of: h }: { of: HostHeat }) {
  const hosts = h.hosts ?? [];
  const [chosen, setChosen] = useState<number>();
  const at = useMemo(() => (r: number, c: number) => hosts[r]?.counts?.[c] ?? 0, [h]);
  const tint = useMemo(() => (r: number) => (hosts[r]?.scanner ? '--watch' : ''), [h]);
  const high = hosts.length > 120 ? 3 : hosts.length > 60 ? 5 : hosts.length > 24 ? 9 : 16;
  const from = parse(h.from) ?? 0;
  if (!hosts.length) return <p class="void">{t('darknet.heat.none')}</p>;
  const row = chosen === undefined ? undefined : hosts[chosen];
  return (
    <>
      <p class="quiet">{t('darknet.heat.text', { n: num(hosts.length), of: num(h.of), bin: h.bin })} {hosts.some((r) => r.scanner) && <span class="scanner-key">■ {t('darknet.scanner')}</span>}</p>
      <Heat
        rows={hosts.length} columns={h.bins} at={at} tint={tint} rowHeight={high} label={t('darknet.heat.label', { n: hosts.length, m: h.bins })}
        pick={(r, c) => `${hosts[r]?.host}${hosts[r]?.scanner ? ` (${hosts[r]?.scanner})` : ''} ${stamp(from + c * h.bin * 1000, 'second')}: ${num(at(r, c))}`} onRow={setChosen}
      />
      <Axis from={from} to={from + h.bins * h.bin * 1000} />
      <p class="quiet">{row ? <><Value of={{ kind: 'ip', value: row.host }} /> {row.scanner && <span class="chip"><bdi>{row.scanner}</bdi></span>}</> : t('darknet.heat.pick')}</p>
      <details class="figures">
        <summary>{t('darknet.heat.table')}</summary>
        <div class="wide" tabIndex={0} role="region" aria-label={t('darknet.heat.table')}><table><tbody>{hosts.slice(0, 60).map((r) => <tr key={r.host}><td><bdi>{r.host}</bdi></td><td>{r.scanner && <bdi>{r.scanner}</bdi>}</td><td class="n">{num((r.counts ?? []).reduce((a, b) => a + b, 0))}</td></tr>)}</tbody></table></div>
      </details>
    </>
  );
}

function Members({ of, cut }: { of: ActivityMember[]; cut: number }) {
  if (!of.length) return <p class="void">{t('darknet.heat.none')}</p>;
  return (
    <>
      <p class="quiet">{tn('darknet.sources', of.filter((m) => !m.scanner).length)}{of.some((m) => m.scanner) && ` · ${t('darknet.aside')} ${num(of.filter((m) => m.scanner).length)}`}</p>
      <Grid
        rows={of} label={t('darknet.members')} height={420}
        columns={[
          { name: t('col.value'), width: 'minmax(7rem, 1.6fr)', cell: (m) => <Value of={m.host} kind={false} /> },
          { name: t('darknet.scanner'), width: 'minmax(5rem, 1fr)', cell: (m) => (m.scanner ? <span class="chip watch"><bdi>{m.scanner}</bdi></span> : '') },
          { name: t('darknet.tool'), width: '6rem', cell: (m) => <bdi>{m.tool}</bdi>, hideNarrow: true },
          { name: t('col.first'), width: '8.6rem', cell: (m) => <Time at={m.first} />, hideNarrow: true },
          { name: t('col.last'), width: '8.6rem', cell: (m) => <Time at={m.last} />, hideNarrow: true },
          { name: t('judged.windows'), width: '6rem', right: true, cell: (m) => num(m.windows), hideNarrow: true },
          { name: t('darknet.packets'), width: '4.6rem', right: true, cell: (m) => num(m.packets) },
        ]}
      />
      {cut > 0 && <p class="quiet">{t('entity.cut', { n: num(cut) })}</p>}
    </>
  );
}
