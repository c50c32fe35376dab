import { useMemo, useState } from 'preact/hooks';
import { ask, ApiError } from '../api/client';
import { useResource } from '../api/resource';
import type { Estimate, EstimateModel, Results, Summary } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel, Trouble } from '../parts/Block';
import { Band, bands, EstimateView } from '../parts/Estimate';
import { Grid } from '../parts/Grid';
import { Sources, Time, Value } from '../parts/Value';
import { num } from '../text/number';
import { parse, stamp } from '../text/time';

export const officialOf = (s: Summary, kind: string): string[] => (s.tags ?? []).filter((tag) => tag.startsWith(`${kind}:`)).map((tag) => tag.slice(kind.length + 1));
export const estimatedOf = (s: Summary, name: string): string => s.notes?.find((n) => n.name === `estimated ${name}` && !n.overruled)?.value ?? '';

// severityOf is what publishers say, the worst of it; else what is estimated.
export function severityOf(s: Summary): string {
  const official = officialOf(s, 'severity');
  return [...bands].reverse().find((b) => official.includes(b)) ?? estimatedOf(s, 'severity').split(' ')[1] ?? '';
}

// Vulnerabilities is the list of flaws that are used or spoken of, published
// and estimated kept apart, and a place to try the model.
export function Vulnerabilities() {
  const found = useResource((signal) => ask<Results>('/search', { query: { q: 'kind:cve', limit: 10_000 }, signal }), ['vulnerabilities']);
  const [severity, setSeverity] = useState('');
  const [words, setWords] = useState('');
  const [used, setUsed] = useState(false);
  const all = useMemo(() => [...(found.data?.values ?? [])].sort((a, b) => (b.last ?? '').localeCompare(a.last ?? '')), [found.data]);
  const rows = useMemo(
    () => all.filter((s) => (!severity || severityOf(s) === severity) && (!used || observed(s)) && (!words || `${s.observable.value} ${(s.tags ?? []).join(' ')}`.toLowerCase().includes(words.toLowerCase()))),
    [all, severity, words, used],
  );
  return (
    <>
      <h1>{t('nav.vulnerabilities')}</h1>
      <p class="quiet">{t('engine.vulnerabilities.text')}</p>
      <Block of={found} lines={8} empty={() => (all.length ? null : <><p>{t('engine.none')}</p><p><code>cure vuln import nvd.json.gz | cure publish vuln --source vuln/nvd -</code></p></>)}>
        {() => (
          <>
            <div class="pills" role="group" aria-label={t('answer.filters')}>
              {['', ...[...bands].reverse().filter((b) => b !== 'none')].map((b) => (
                <button key={b} type="button" class="pill" aria-pressed={severity === b} onClick={() => setSeverity(b)}>{b ? <Band of={b} /> : t('answer.all')} {num(b ? all.filter((s) => severityOf(s) === b).length : all.length)}</button>
              ))}
              <button type="button" class="pill" aria-pressed={used} onClick={() => setUsed(!used)}>{t('vuln.used')} {num(all.filter(observed).length)}</button>
              <input type="search" class="inline" aria-label={t('vuln.filter')} placeholder={t('vuln.filter')} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
            </div>
            <p class="quiet">{tn('answer.shown', rows.length)}</p>
            <Grid
              rows={rows} label={t('nav.vulnerabilities')} height={440}
              columns={[
                { name: 'CVE', width: 'minmax(9rem, 1fr)', cell: (s) => <Value of={s.observable} kind={false} /> },
                { name: t('vuln.severity.said'), width: '7rem', cell: (s) => officialOf(s, 'severity').map((b) => <Band key={b} of={b} />) },
                { name: t('vuln.severity.estimated'), width: '8rem', cell: (s) => <Guess of={estimatedOf(s, 'severity')} />, hideNarrow: true },
                { name: t('vuln.type.said'), width: '8rem', cell: (s) => officialOf(s, 'cwe').map((id) => `CWE-${id}`).join(t('list.comma')), hideNarrow: true },
                { name: t('vuln.type.estimated'), width: 'minmax(8rem, 1.2fr)', cell: (s) => <span class="guess">{estimatedOf(s, 'weakness')}</span>, hideNarrow: true },
                { name: t('vuln.products'), width: 'minmax(7rem, 1.2fr)', cell: (s) => officialOf(s, 'product').join(t('list.comma')), hideNarrow: true },
                { name: t('col.sources'), width: 'minmax(7rem, 1.2fr)', cell: (s) => <Sources names={s.sources} most={3} /> },
                { name: t('col.last'), width: '7rem', cell: (s) => <Time at={s.last} far />, hideNarrow: true },
              ]}
            />
          </>
        )}
      </Block>
      <Trend of={all} />
      <Try />
      <Model />
    </>
  );
}

const observing = new Set(['cowrie', 'dionaea', 'glastopf', 'allport', 'amppot', 'darknet', 'decoynet', 'alerts', 'livenet', 'endpoint', 'webaccess']);
// observed reports whether a sensor saw the flaw used.
const observed = (s: Summary): boolean => (s.sources ?? []).some((name) => observing.has(name.split('/')[0] ?? ''));

function Guess({ of }: { of: string }) {
  const [score = '', band = ''] = of.split(' ');
  return of ? <span class="guess">{score} {maybe('band', band)}</span> : null;
}

// trendOf counts the types of flaws a month by when they were first told of:
// published types where there are some, estimated ones else.
export function trendOf(all: Summary[], most = 10): { months: string[]; rows: { type: string; counts: number[] }[] } {
  const by = new Map<string, Map<string, number>>();
  const months = new Set<string>();
  for (const s of all) {
    const first = parse(s.first);
    if (first === undefined) continue;
    const month = stamp(first, 'day').slice(0, 7);
    const said = officialOf(s, 'cwe').map((id) => `CWE-${id}`);
    const types = said.length ? said : [/CWE-\d+/.exec(estimatedOf(s, 'weakness'))?.[0] ?? ''].filter(Boolean);
    for (const type of types) {
      months.add(month);
      const row = by.get(type) ?? new Map<string, number>();
      row.set(month, (row.get(month) ?? 0) + 1);
      by.set(type, row);
    }
  }
  const axis = [...months].sort().slice(-24);
  const rows = [...by].map(([type, row]) => ({ type, counts: axis.map((m) => row.get(m) ?? 0) }));
  const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
  return { months: axis, rows: rows.sort((a, b) => sum(b.counts) - sum(a.counts) || a.type.localeCompare(b.type)).slice(0, most) };
}

function Trend({ of }: { of: Summary[] }) {
  const { months, rows } = useMemo(() => trendOf(of), [of]);
  if (!rows.length) return null;
  const most = Math.max(...rows.flatMap((r) => r.counts));
  return (
    <Panel title={t('vuln.trend')} note={<span class="quiet">{t('vuln.trend.text')}</span>}>
      <div class="wide" tabIndex={0} role="region" aria-label={t('vuln.trend')}>
        <table class="matrix small">
          <thead><tr><td />{months.map((m) => <th key={m} scope="col">{m}</th>)}</tr></thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.type} data-row>
                <th scope="row"><a href={`/q?q=${encodeURIComponent(`tag:"cwe:${r.type.slice(4)}"`)}`}>{r.type}</a></th>
                {r.counts.map((n, i) => <td key={months[i]} class={n ? `heat${1 + Math.floor((8 * Math.log1p(n)) / Math.log1p(most))}` : ''}>{n ? num(n) : <span class="quiet">·</span>}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Try() {
  const [text, setText] = useState('');
  const [said, setSaid] = useState<{ text: string; estimate: Estimate }>();
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const go = () => {
    setBusy(true);
    ask<Estimate>('/estimates', { method: 'POST', body: { text } }).then(
      (estimate) => (setSaid({ text, estimate }), setError(undefined), setBusy(false)),
      (err: unknown) => (setError(err instanceof ApiError ? err : new ApiError('broken', String(err))), setBusy(false)),
    );
  };
  return (
    <Panel title={t('vuln.try')} id="try">
      <form onSubmit={(e) => (e.preventDefault(), go())}>
        <textarea rows={3} required maxLength={1 << 20} aria-label={t('vuln.try.label')} placeholder={t('vuln.try.label')} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <p><button disabled={busy}>{t('vuln.try.go')}</button> <span class="quiet">{t('vuln.try.private')}</span></p>
      </form>
      {error && <Trouble error={error} />}
      {said && <EstimateView of={said.estimate} text={said.text} />}
    </Panel>
  );
}

function Model() {
  const model = useResource((signal) => ask<EstimateModel>('/estimates/model', { signal }), ['estimate.model']);
  return (
    <Block title={t('vuln.model')} of={model} lines={3}>
      {(m) => (
        <>
          <p>{t('vuln.model.text', { version: m.version, texts: num(m.texts), newest: m.newest, held: num(m.held) })}</p>
          <Curve of={m} />
          <p class="quiet small"><bdi>{m.notice}</bdi></p>
        </>
      )}
    </Block>
  );
}

// Curve is how many answers are right when only the surest are given.
function Curve({ of: m }: { of: EstimateModel }) {
  const points = m.coverage ?? [];
  const x = (share: number) => 46 + share * 440, y = (accuracy: number) => 10 + (1 - accuracy) * 2 * 160;
  return (
    <figure class="curve">
      <svg viewBox="0 0 500 205" role="img" aria-label={t('vuln.curve')}>
        <title>{t('vuln.curve')}</title>
        {[0.5, 0.6, 0.7, 0.8, 0.9, 1].map((a) => <g key={a}><line class="lane" x1="46" x2="486" y1={y(a)} y2={y(a)} /><text x="40" y={y(a) + 4} text-anchor="end">{100 * a}</text></g>)}
        <polyline points={points.map((p) => `${x(p.share).toFixed(1)},${y(Math.max(p.accuracy, 0.5)).toFixed(1)}`).join(' ')} />
        {[0, 0.25, 0.5, 0.75, 1].map((s) => <text key={s} x={x(s)} y="190" text-anchor="middle">{100 * s}</text>)}
        <text x="266" y="203" text-anchor="middle">{t('vuln.curve.share')}</text>
      </svg>
      <details class="figures">
        <summary>{t('vuln.curve')}</summary>
        <table><tbody>{points.filter((_, i) => i % Math.max(1, Math.floor(points.length / 12)) === 0).map((p) => <tr key={p.share}><td>{(100 * p.share).toFixed(0)} %</td><td class="n">{(100 * p.accuracy).toFixed(1)} %</td></tr>)}</tbody></table>
      </details>
    </figure>
  );
}
