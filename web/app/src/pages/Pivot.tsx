import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, seg, ApiError } from '../api/client';
import type { Neighbours, Summary, Results } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Panel, Trouble } from '../parts/Block';
import { save } from '../parts/save';
import { Roles, Sources, Tags, Time, Value } from '../parts/Value';
import { Board } from '../pivot/Board';
import { fromQuery, graphOf, idOf, maxNodes, observableOf, pathBetween, toQuery, within, type Done, type Node } from '../pivot/model';
import { onKey } from '../state/keyboard';
import { go, place } from '../state/router';
import { preview } from '../state/session';
import { quoted, show } from '../text/defang';
import { num } from '../text/number';
import { stamp } from '../text/time';

const perNode = 300; // neighbours asked for

// Pivot goes from values to what stands with them, step by step.
export function Pivot() {
  const [done, setDone] = useState<Done>(() => fromQuery(place.value.query));
  const [undo, setUndo] = useState<Done[]>([]);
  const [chosen, setChosen] = useState<string>();
  const [mark, setMark] = useState<string>(); // begin of a path
  const [brush, setBrush] = useState<[number, number]>([0, 1]);
  const known = useNeighbours(done);
  const graph = useMemo(() => graphOf(done, known.told, known.summaries), [done, known.told, known.summaries]);
  const path = mark && chosen && mark !== chosen ? pathBetween(graph, mark, chosen) : [];
  const [from, to] = spanOf(graph.nodes);
  const [lo, hi] = [from + (to - from) * brush[0], from + (to - from) * brush[1]];
  const picture = useRef<(() => Promise<Blob>) | undefined>(undefined);

  const act = (next: Done) => {
    setUndo((u) => [...u.slice(-99), done]);
    setDone(next);
  };
  useEffect(() => go(`/g?${toQuery(done)}`, 'replace'), [done]);
  const back = () => {
    const last = undo.at(-1);
    if (!last) return;
    setUndo(undo.slice(0, -1));
    setDone(last);
  };
  useEffect(() => onKey('u', back), [undo]);
  useEffect(() => onKey('Escape', () => (setChosen(undefined), setMark(undefined))), []);
  const expand = (n: Node) => {
    if (n.group) act({ ...done, opened: toggle(done.opened, n.id) });
    else act({ ...done, expanded: toggle(done.expanded, n.id) });
  };
  const node = graph.nodes.find((n) => n.id === chosen);

  if (done.seeds.length === 0) return <Start onSeeds={(seeds) => act({ seeds, expanded: seeds, opened: [] })} />;
  return (
    <>
      <div class="pivot-head">
        <h1>{t('nav.pivot')}</h1>
        <p class="quiet">{tn('pivot.nodes', graph.nodes.length)} · {tn('pivot.edges', graph.edges.length)}{graph.cut > 0 && <span class="warn"> · {t('pivot.cut', { n: num(graph.cut), max: maxNodes })}</span>}</p>
        <span class="pills-end">
          <button type="button" class="second" disabled={!undo.length} onClick={back}>{t('pivot.undo')} <kbd aria-hidden="true">u</kbd></button>
          <button type="button" class="plain" onClick={() => void picture.current?.().then((b) => save(b, 'cure-pivot.png'))}>PNG</button>
          <button type="button" class="plain" onClick={() => save(new Blob([JSON.stringify(graph, null, 1)], { type: 'application/json' }), 'cure-pivot.json')}>JSON</button>
          <a href="/g" onClick={() => setDone({ seeds: [], expanded: [], opened: [] })}>{t('pivot.new')}</a>
        </span>
      </div>
      {known.error && <Trouble error={known.error} retry={known.retry} />}
      <div class="pivot">
        <Board
          graph={graph} chosen={chosen} path={path} faded={(n) => !within(n, lo, hi)} busy={known.busy}
          onChoose={setChosen} onExpand={expand} labelOf={labelOf} onReady={(f) => (picture.current = f)}
        />
        <aside class="pivot-side">
          {node ? <Chosen node={node} marked={mark} onExpand={() => expand(node)} onMark={() => setMark(mark === node.id ? undefined : node.id)} onRemove={() => act({ ...done, expanded: done.expanded.filter((x) => x !== node.id), seeds: done.seeds.filter((x) => x !== node.id) })} /> : <p class="quiet">{t('pivot.choose')}</p>}
          {mark && chosen && mark !== chosen && <p role="status">{path.length ? tn('pivot.path', path.length - 1) : t('pivot.nopath')}</p>}
          <h3>{t('pivot.list')}</h3>
          <ul class="pivot-list">
            {graph.nodes.filter((n) => within(n, lo, hi)).map((n) => (
              <li key={n.id} data-row>
                <button type="button" class="plain" aria-pressed={n.id === chosen} onClick={() => setChosen(n.id)} onDblClick={() => expand(n)}>
                  <span class="kind">{n.group ? t('pivot.group') : maybe('kind', n.kind)}</span> <bdi>{labelOf(n)}</bdi>
                </button>
              </li>
            ))}
          </ul>
        </aside>
      </div>
      {to > from && (
        <div class="slider">
          <span>{t('pivot.time')}</span>
          <input type="range" min={0} max={1} step={0.01} value={brush[0]} aria-label={t('pivot.from')} aria-valuetext={stamp(lo)} onInput={(e) => setBrush([Math.min(Number(e.currentTarget.value), brush[1]), brush[1]])} />
          <input type="range" min={0} max={1} step={0.01} value={brush[1]} aria-label={t('pivot.to')} aria-valuetext={stamp(hi)} onInput={(e) => setBrush([brush[0], Math.max(Number(e.currentTarget.value), brush[0])])} />
          <output>{stamp(lo)} – {stamp(hi)}</output>
        </div>
      )}
    </>
  );
}

const toggle = (all: string[], one: string): string[] => (all.includes(one) ? all.filter((x) => x !== one) : [...all, one]);

export function labelOf(n: Node): string {
  return n.group ? `${num(n.group.hidden)} ${maybe('kinds', n.group.kind)}` : show({ kind: n.kind as Exclude<Node['kind'], 'group'>, value: n.value });
}

function spanOf(nodes: Node[]): [number, number] {
  const times = nodes.flatMap((n) => [n.summary?.first, n.summary?.last]).map((s) => Date.parse(s ?? '')).filter((ms) => !Number.isNaN(ms));
  return times.length ? [Math.min(...times), Math.max(...times)] : [0, 0];
}

// useNeighbours asks for what the graph needs and does not have, a few at a
// time.
function useNeighbours(done: Done) {
  const [told, setTold] = useState<ReadonlyMap<string, Neighbours>>(new Map());
  const [summaries, setSummaries] = useState<ReadonlyMap<string, Summary>>(new Map());
  const [error, setError] = useState<ApiError>();
  const [turn, setTurn] = useState(0);
  const [busy, setBusy] = useState(false);
  const viewer = preview.value;
  useEffect(() => (setTold(new Map()), setSummaries(new Map())), [viewer]);
  useEffect(() => {
    const abort = new AbortController();
    const missing = done.expanded.filter((id) => !told.has(id));
    const bare = done.seeds.filter((id) => !summaries.has(id));
    if (!missing.length && !bare.length) return;
    setBusy(true);
    const learn = (all: Summary[]) => setSummaries((m) => new Map([...m, ...all.map((s) => [idOf(s.observable), s] as const)]));
    const run = async () => {
      if (bare.length) {
        const r = await ask<Results>('/search', { query: { q: bare.map((id) => quoted(observableOf(id).value)).join(' or '), limit: 100 }, signal: abort.signal });
        learn([...(r.values ?? []), ...(r.misses ?? [])]);
      }
      for (let i = 0; i < missing.length; i += 4) {
        const some = missing.slice(i, i + 4);
        const got = await Promise.all(some.map((id) => {
          const o = observableOf(id);
          return ask<Neighbours>(`/observables/${seg(o.kind)}/${seg(o.value)}/neighbours`, { query: { limit: perNode }, signal: abort.signal });
        }));
        setTold((m) => new Map([...m, ...got.map((n, k) => [some[k]!, n] as const)]));
        for (const n of got) learn(n.values ?? []);
      }
    };
    run().then(() => setError(undefined), (err: unknown) => !abort.signal.aborted && setError(err instanceof ApiError ? err : undefined)).finally(() => !abort.signal.aborted && setBusy(false));
    return () => abort.abort();
  }, [done, turn, viewer]);
  return { told, summaries, error, busy, retry: () => setTurn((n) => n + 1) };
}

function Chosen({ node, marked, onExpand, onMark, onRemove }: { node: Node; marked: string | undefined; onExpand: () => void; onMark: () => void; onRemove: () => void }) {
  const s = node.summary;
  return (
    <div class="chosen">
      {node.group ? <h2>{labelOf(node)}</h2> : <h2><Value of={observableOf(node.id)} /></h2>}
      {s && (
        <>
          <p><Sources names={s.sources} /> <Roles of={s.roles} /></p>
          <p class="quiet"><Time at={s.first} /> – <Time at={s.last} /></p>
          <p><Tags of={s.tags} most={6} /></p>
        </>
      )}
      <p class="buttons">
        <button type="button" onClick={onExpand}>{node.group ? t('pivot.open') : node.expanded ? t('pivot.collapse') : t('pivot.expand')}</button>
        {!node.group && <button type="button" class="second" aria-pressed={marked === node.id} onClick={onMark}>{marked === node.id ? t('pivot.unmark') : t('pivot.mark')}</button>}
        {node.seed && <button type="button" class="plain" onClick={onRemove}>{t('pivot.remove')}</button>}
      </p>
    </div>
  );
}

function Start({ onSeeds }: { onSeeds: (ids: string[]) => void }) {
  const [error, setError] = useState<ApiError>();
  return (
    <Panel title={t('nav.pivot')}>
      <p>{t('pivot.start')}</p>
      <form
        class="search"
        onSubmit={(e) => {
          e.preventDefault();
          const q = String(new FormData(e.currentTarget).get('seed') ?? '').trim();
          if (!q) return;
          ask<Results>('/search', { query: { q, limit: 20 } }).then(
            (r) => onSeeds([...(r.values ?? []), ...(r.misses ?? [])].map((s) => idOf(s.observable))),
            (err: unknown) => setError(err instanceof ApiError ? err : undefined),
          );
        }}
      >
        <input name="seed" aria-label={t('search.label')} placeholder="198.51.100.23" autocomplete="off" spellcheck={false} />
        <button>{t('pivot.go')}</button>
      </form>
      {error && <Trouble error={error} />}
    </Panel>
  );
}
