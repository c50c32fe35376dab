import { useMemo, useState } from 'preact/hooks';
import { useResource } from '../api/resource';
import { ask, file } from '../api/client';
import type { Extracted, Kind, Results, Summary } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { bins } from '../parts/histogram';
import { Keep } from '../parts/Kept';
import { kinds } from '../parts/kinds';
import { save } from '../parts/save';
import { Series } from '../parts/Series';
import { Stix } from '../parts/Stix';
import { Summaries } from '../parts/summaries';
import { Value } from '../parts/Value';
import { manyValues, maxPasted, pasted } from '../state/pasted';
import { go, place } from '../state/router';
import { entityPath } from '../text/defang';
import { num } from '../text/number';
import { parse, stamp } from '../text/time';

// AnswerPage answers a question of the search box, or a pasted text.
export function AnswerPage() {
  const q = place.value.query.get('q') ?? '';
  if (place.value.hash === '#text' || (!q && pasted.value)) return <TextAnswer />;
  return q ? <Question q={q} /> : <TextAnswer />;
}

function Question({ q }: { q: string }) {
  const found = useResource((signal) => ask<Results>('/search', { query: { q, limit: 10_000 }, signal }), ['search', q]);
  const data = found.data;
  // What is surely one value has its own page.
  const only = data && !data.hints?.length && !/[:*/\s]/.test(q.trim()) && (data.values?.length ?? 0) + (data.misses?.length ?? 0) === 1 ? (data.values?.[0] ?? data.misses?.[0]) : undefined;
  if (only && manyValues(q) === false) {
    queueMicrotask(() => go(entityPath(only.observable), 'replace'));
    return null;
  }
  const rows: Summary[] = [...(data?.values ?? []), ...(data?.misses ?? [])];
  return (
    <>
      <h1 class="answer-head"><bdi>{q}</bdi></h1>
      {data?.hints?.map((h) => <p key={h} class="hint"><bdi>{h}</bdi></p>)}
      <Block of={found} lines={8} empty={() => (rows.length ? null : <NotFound q={q} />)}>
        {() => (
          <Found
            rows={rows} more={data?.more ?? false} name="cure-search" understood={data?.query !== q ? data?.query : undefined}
            csv={() => file('/search.csv', { query: { q } })} q={q}
          />
        )}
      </Block>
      {(data?.misses ?? []).some((m) => m.miss) && <Misses of={data!} />}
    </>
  );
}

function NotFound({ q }: { q: string }) {
  return (
    <>
      <h2>{t('answer.none')}</h2>
      <p>{t('answer.none.text')}</p>
      <p>{/\bsince:|\bsource:|\bkind:/.test(q) && t('answer.none.filters')}</p>
      <p><Keep q={q} /></p>
    </>
  );
}

function Misses({ of }: { of: Results }) {
  return (
    <Panel title={t('answer.misses')}>
      <ul class="misses">
        {(of.misses ?? []).slice(0, 50).map((m) => (
          <li key={m.observable.value} data-row>
            <Value of={m.observable} /> <span class="quiet"><bdi>{m.miss?.why}</bdi></span>
            {m.miss?.near?.length ? <p>{t('answer.near')} {m.miss.near.slice(0, 5).map((n) => <Value key={n.observable.value} of={n.observable} />)}</p> : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function TextAnswer() {
  const text = pasted.value;
  const size = useMemo(() => new TextEncoder().encode(text).length, [text]);
  const tooLong = size > maxPasted;
  const found = useResource((signal) => ask<Extracted>('/extract', { method: 'POST', body: { text }, signal }), ['extract', text.length, hash(text)], { when: text !== '' && !tooLong });
  return (
    <>
      <h1>{t('text.title')}</h1>
      <Paste tooLong={tooLong} />
      {text !== '' && !tooLong && (
        <Block of={found} lines={8} empty={(e) => (e.values?.length ? null : <p>{t('text.none')}</p>)}>
          {(e) => (
            <>
              <p class="verdict">{tn('text.found', e.values?.length ?? 0)} {kinds.filter((k) => e.kinds[k]).map((k) => `${num(e.kinds[k])} ${maybe('kinds', k)}`).join(t('list.comma'))}. <b>{tn('text.known', e.known)}</b></p>
              {e.cut ? <p class="warn">{t('text.cut', { n: num(e.cut) })}</p> : null}
              <Found rows={e.values ?? []} more={false} name="cure-text" csv={() => file('/extract.csv', { method: 'POST', text })} />
            </>
          )}
        </Block>
      )}
    </>
  );
}

function Paste({ tooLong }: { tooLong: boolean }) {
  const [open, setOpen] = useState(pasted.value === '');
  return (
    <details class="paste" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{pasted.value ? t('text.other') : t('text.how')}</summary>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          pasted.value = String(new FormData(e.currentTarget).get('text') ?? '');
          setOpen(false);
        }}
      >
        <label class="hidden" for="text">{t('text.label')}</label>
        <textarea id="text" name="text" rows={10} maxLength={maxPasted} spellcheck={false} placeholder={'hxxp://203.0.113[.]5/x …\n198.51.100［.］77'} />
        {tooLong && <p class="warn">{t('text.long')}</p>}
        <p><button>{t('text.go')}</button> <span class="quiet">{t('text.private')}</span></p>
      </form>
    </details>
  );
}

type Shown = 'all' | 'known' | 'unknown';

const isKnown = (s: Summary) => Boolean(s.sources?.length || s.tags?.length);

// Found is a list of values with what can be done to it.
function Found({ rows, more, name, csv, q, understood }: { rows: Summary[]; more: boolean; name: string; csv: () => Promise<Blob>; q?: string; understood?: string | undefined }) {
  const [shown, setShown] = useState<Shown>('all');
  const [kind, setKind] = useState<Kind | ''>('');
  const [range, setRange] = useState<[number, number]>();
  const [failed, setFailed] = useState('');
  const known = useMemo(() => rows.filter(isKnown).length, [rows]);
  const present = useMemo(() => kinds.filter((k) => rows.some((r) => r.observable.kind === k)), [rows]);
  const histogram = useMemo(() => bins(rows.map((r) => parse(r.last)).filter((ms) => ms !== undefined), 72), [rows]);
  const list = useMemo(
    () =>
      rows.filter((r) => {
        if (shown !== 'all' && isKnown(r) !== (shown === 'known')) return false;
        if (kind && r.observable.kind !== kind) return false;
        const last = parse(r.last);
        return !range || (last !== undefined && last >= range[0] && last <= range[1] + histogram.step);
      }),
    [rows, shown, kind, range],
  );
  return (
    <>
      {histogram.at.length > 1 && <Series {...histogram} label={t('answer.histogram')} onRange={(a, b) => setRange([a, b])} />}
      <div class="pills" role="group" aria-label={t('answer.filters')}>
        {known < rows.length && (['all', 'known', 'unknown'] as const).map((s) => (
          <button key={s} type="button" class="pill" aria-pressed={shown === s} onClick={() => setShown(s)}>
            {t(`answer.${s}`)} {num(s === 'all' ? rows.length : s === 'known' ? known : rows.length - known)}
          </button>
        ))}
        {present.length > 1 && present.map((k) => (
          <button key={k} type="button" class="pill" aria-pressed={kind === k} onClick={() => setKind(kind === k ? '' : k)}>{maybe('kinds', k)}</button>
        ))}
        {range && <button type="button" class="pill" aria-pressed onClick={() => setRange(undefined)}>{stamp(range[0])} – {stamp(range[1])} ✕</button>}
        <span class="pills-end">
          {q && <Keep q={q} />}
          <button type="button" class="plain" onClick={() => void csv().then((b) => save(b, `${name}.csv`), (e: Error) => setFailed(e.message))}>CSV</button>
          <button type="button" class="plain" onClick={() => save(new Blob([JSON.stringify(list, null, 1)], { type: 'application/json' }), `${name}.json`)}>JSON</button>
          {q && <Stix of={{ q }} name={name} />}
          <a href={`/g?${list.slice(0, 20).map((s) => `n=${encodeURIComponent(`${s.observable.kind}:${s.observable.value}`)}`).join('&')}`}>{t('nav.pivot')}</a>
        </span>
      </div>
      {failed && <p class="warn" role="alert">{failed}</p>}
      <p class="quiet">
        {tn('answer.shown', list.length)}{more && ` ${t('answer.more')}`}
        {understood && <> · {t('answer.understood')} <code>{understood}</code></>}
      </p>
      <Summaries of={list} label={t('answer.values')} />
    </>
  );
}

// hash tells texts of one length apart; nothing depends on it but asking again.
function hash(s: string): number {
  let h = 0;
  for (let i = 0; i < s.length; i++) h = (Math.imul(h, 31) + s.charCodeAt(i)) | 0;
  return h;
}
