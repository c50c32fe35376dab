import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { follow, type StreamState } from '../api/sse';
import { useResource } from '../api/resource';
import type { Picture, Pulse, Results, Shared } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Skeleton } from '../parts/Block';
import { Source, Time, Value, Weight } from '../parts/Value';
import { calm, dark } from '../state/prefs';
import { onKey } from '../state/keyboard';
import { go, place } from '../state/router';
import { preview } from '../state/session';
import { num } from '../text/number';
import { placeLabels } from './labels';
import { litOf, modelOf, type Body, type Model } from './model';
import { PictureScene, qualities, type Seen, type Shell } from './scene';

export interface StageProps {
  picture: Picture;
  lit?: string[] | undefined; // databases that stand out
  onFail: () => void;
  onStage?: (live: StreamState) => void;
}

const shellKinds = [['ip', 0x6fb7ff], ['domain', 0x7ee0a8], ['hash', 0xffc46b], ['email', 0xe58cff]] as const;

// Stage is the picture with its labels, what is chosen in it, and what happens
// in it live.
export function Stage({ picture, lit, onFail, onStage }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const labels = useRef<HTMLDivElement>(null);
  const scene = useRef<PictureScene | undefined>(undefined);
  const shown = useRef<Model>({ bodies: [], ribbons: [] });
  const [quality, setQuality] = useState(() => (calm() ? qualities.length - 1 : 0));
  const [chosen, setChosen] = useState<{ body?: string; ribbon?: [string, string] }>({});
  const [live, setLive] = useState<StreamState>('connecting');
  const shape = shapeOf(picture);
  const model = useMemo(() => modelOf(picture), [shape]);
  const frozen = place.value.query.has('freeze');

  useEffect(() => {
    const el = canvas.current;
    if (!el) return;
    let made: PictureScene;
    try {
      made = new PictureScene({
        canvas: el, dark: dark.value || place.value.query.has('wall'), quality, frozen, pulses: 5000,
        onPlaces: (places, w, h) => arrange(labels.current, shown.current, places, w, h),
        onSlow: () => setQuality((q) => Math.min(q + 1, qualities.length - 1)),
      });
    } catch {
      onFail();
      return;
    }
    if (made.software && quality === 0) {
      made.dispose();
      setQuality(2); // without a graphics card smoothing costs most
      return;
    }
    scene.current = made;
    Object.assign(el, { picture: made }); // for measuring
    const resized = new ResizeObserver(() => made.resize());
    resized.observe(el);
    const seen = new IntersectionObserver(([e]) => made.see(Boolean(e?.isIntersecting) && !document.hidden));
    seen.observe(el);
    const hidden = () => made.see(!document.hidden);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      resized.disconnect();
      seen.disconnect();
      document.removeEventListener('visibilitychange', hidden);
      scene.current = undefined;
      made.dispose();
    };
  }, [quality, dark.value]);
  useEffect(() => {
    shown.current = model;
    scene.current?.show(model);
  }, [model, quality, dark.value]);

  const light = chosen.ribbon ?? (chosen.body ? [chosen.body, ...partners(model, chosen.body)] : lit);
  useEffect(() => scene.current?.highlight(litOf(model, light)), [JSON.stringify(light), model, quality, dark.value]);
  useEffect(() => onKey('Escape', () => setChosen({})), []);

  useEffect(() => {
    if (picture.past) return;
    const abort = new AbortController();
    void follow({
      path: '/picture/stream', signal: abort.signal,
      onState: (s) => (setLive(s), onStage?.(s)),
      onMessage: (m) => m.event === 'pulse' && play(scene.current, m.data),
    });
    return () => abort.abort();
  }, [preview.value, picture.past]);

  return (
    <div class="stage-wrap">
      <div class="stage" onPointerDown={(e) => drag(e, scene.current, setChosen, model)} onWheel={(e) => { if (e.ctrlKey || e.shiftKey) { e.preventDefault(); scene.current?.nearer(e.deltaY < 0 ? 1.12 : 0.89); } }}>
        <canvas key={`${quality}${dark.value}`} ref={canvas} role="img" aria-label={t('picture.label', { n: picture.databases.length, m: (picture.ribbons ?? []).length })} />
        <div class="labels" ref={labels}>
          {model.bodies.map((b) => (
            <button
              key={b.id} type="button" data-id={b.id} class={`label ${b.layer} ${b.live ? '' : 'none'} ${b.state}`} title={`${b.name}: ${tn('count.values', b.values)}`}
              aria-pressed={chosen.body === b.id} onPointerDown={(e) => e.stopPropagation()} onClick={() => setChosen(chosen.body === b.id ? {} : { body: b.id })}
            >
              {b.name}
            </button>
          ))}
        </div>
        <p class={`livesign ${live}`}>{picture.past ? t('picture.past') : t(`stream.${live}`)}</p>
      </div>
      <Legend />
      {chosen.body && <BodyPanel body={model.bodies.find((b) => b.id === chosen.body)} picture={picture} model={model} scene={scene.current} onRibbon={(a, b) => setChosen({ ribbon: [a, b] })} onClose={() => setChosen({})} />}
      {chosen.ribbon && (chosen.ribbon.some((id) => id.startsWith('enrich:'))
        ? <EnrichedPanel ids={chosen.ribbon} picture={picture} onClose={() => setChosen({})} />
        : <RibbonPanel a={chosen.ribbon[0]} b={chosen.ribbon[1]} onClose={() => setChosen({})} />)}
    </div>
  );
}

// shapeOf is what of a picture needs another model: counts alone, which change
// all the time, need none.
function shapeOf(p: Picture): string {
  return JSON.stringify([p.databases.map((d) => [d.name, d.layer, d.state, Math.round(8 * Math.log10(1 + d.observables))]), (p.ribbons ?? []).map((r) => [r.a, r.b, Math.round(8 * Math.log10(1 + r.shared))]), p.enrichers?.map((e) => e.name), p.watch?.map((w) => w.name)]);
}

const partners = (m: Model, id: string): string[] =>
  m.ribbons.flatMap((r) => (m.bodies[r.a]!.id === id ? [m.bodies[r.b]!.id] : m.bodies[r.b]!.id === id ? [m.bodies[r.a]!.id] : []));

function arrange(host: HTMLElement | null, model: Model, places: Seen[], w: number, h: number): void {
  if (!host) return;
  const elements = new Map([...host.children].map((el) => [(el as HTMLElement).dataset['id'] ?? '', el as HTMLElement]));
  const anchors = places.map((p, i) => {
    const el = elements.get(p.id);
    return { ...p, w: el?.offsetWidth ?? 0, h: el?.offsetHeight ?? 0, weight: (model.bodies[i]?.live ? 10 : 0) + Math.log10(1 + (model.bodies[i]?.values ?? 0)) };
  });
  for (const s of placeLabels(anchors, w, h)) {
    const el = elements.get(s.id);
    if (!el) continue;
    el.style.transform = `translate(${Math.round(s.x)}px, ${Math.round(s.y)}px)`;
    el.classList.toggle('crowded', !s.shown);
  }
}

function play(scene: PictureScene | undefined, data: string): void {
  let p: Pulse;
  try {
    p = JSON.parse(data) as Pulse;
  } catch {
    return; // the next one will be whole
  }
  if (!scene || document.hidden) return;
  for (const [name, n] of Object.entries(p.records ?? {})) scene.arrive(name, n);
  let left = 200;
  for (const l of p.links ?? []) {
    const n = Math.min(l.count, left, 40);
    left -= n;
    if (n > 0) scene.pulse(l.a, l.b, n);
  }
  if (p.alerts) scene.alert('alerts', (p.links ?? []).filter((l) => l.a === 'alerts' || l.b === 'alerts').map((l) => (l.a === 'alerts' ? l.b : l.a)));
}

// drag turns the picture; a press that does not move chooses what is there.
function drag(e: PointerEvent, scene: PictureScene | undefined, choose: (c: { body?: string; ribbon?: [string, string] }) => void, model: Model): void {
  if (!scene || e.button !== 0) return;
  const host = e.currentTarget as HTMLElement;
  const box = host.getBoundingClientRect();
  let [x, y, moved] = [e.clientX, e.clientY, 0];
  host.setPointerCapture(e.pointerId);
  const move = (m: PointerEvent) => {
    moved += Math.abs(m.clientX - x) + Math.abs(m.clientY - y);
    scene.turn((x - m.clientX) / 400, (m.clientY - y) / 500);
    [x, y] = [m.clientX, m.clientY];
  };
  const up = (u: PointerEvent) => {
    host.removeEventListener('pointermove', move);
    host.removeEventListener('pointerup', up);
    if (moved > 5) return;
    const found = scene.pick(u.clientX - box.left, u.clientY - box.top);
    const r = found.ribbon === undefined ? undefined : model.ribbons[found.ribbon];
    choose(found.body ? { body: found.body } : r ? { ribbon: [model.bodies[r.a]!.id, model.bodies[r.b]!.id] } : {});
  };
  host.addEventListener('pointermove', move);
  host.addEventListener('pointerup', up);
}

function Legend() {
  return (
    <p class="legend">
      <span class="source observation"><i class="tick" aria-hidden="true" />{t('layer.observation')}</span>
      <span class="source meaning"><i class="tick" aria-hidden="true" />{t('layer.meaning')}</span>
      <span class="source enricher"><i class="tick" aria-hidden="true" />{t('layer.enricher')}</span>
      <span class="source watch"><i class="tick" aria-hidden="true" />{t('layer.watch')}</span>
      <span class="quiet">{t('picture.legend')}</span>
    </p>
  );
}

function BodyPanel({ body, picture, model, scene, onRibbon, onClose }: { body: Body | undefined; picture: Picture; model: Model; scene: PictureScene | undefined; onRibbon: (a: string, b: string) => void; onClose: () => void }) {
  const d = picture.databases.find((x) => x.name === body?.id);
  const sample = useResource(
    async (signal) =>
      Promise.all(shellKinds.map(async ([kind]) => {
        const r = await ask<Results>('/search', { query: { q: `source:${d?.name ?? ''} kind:${kind}`, limit: 2000 }, signal });
        return { kind, values: r.values ?? [], more: r.more ?? false };
      })),
    ['shells', d?.name], { when: Boolean(d?.sources) },
  );
  useEffect(() => {
    const shells: Shell[] = (sample.data ?? []).map((s, i) => ({ kind: s.kind, tint: shellKinds[i]![1], points: s.values.length }));
    scene?.open(body?.id, shells);
    return () => scene?.open(undefined, []);
  }, [body?.id, sample.data, scene]);
  if (!body) return null;
  const shared = model.ribbons
    .filter((r) => model.bodies[r.a]?.id === body.id || model.bodies[r.b]?.id === body.id)
    .map((r) => ({ other: model.bodies[r.a]!.id === body.id ? model.bodies[r.b]! : model.bodies[r.a]!, n: (picture.ribbons ?? []).find((x) => (x.a === model.bodies[r.a]!.id && x.b === model.bodies[r.b]!.id))?.shared ?? r.shared }))
    .sort((x, y) => y.n - x.n);
  return (
    <aside class="panel" aria-label={body.name}>
      <header class="title"><h3><Source name={body.id.startsWith('enrich:') ? `enrich/${body.name}` : body.name} /></h3><button type="button" class="plain" onClick={onClose}>{t('picture.close')} <kbd aria-hidden="true">Esc</kbd></button></header>
      {d ? (
        <>
          <p><span class={`state ${d.state}`}>{maybe('state', d.state)}</span> {d.why && <span class="quiet"><bdi>{d.why}</bdi></span>}</p>
          <p><b>{tn('count.values', d.observables)}</b> · {tn('count.sources', d.sources)} · <Time at={d.last} far /></p>
          {sample.data && <p class="shells">{sample.data.map((s, i) => s.values.length > 0 && <span key={s.kind} class={`shell s${i}`}>{maybe('kinds', s.kind)} {num(s.values.length)}{s.more ? '+' : ''}</span>)}</p>}
          {d.sources > 0 && <p><a href={`/q?q=${encodeURIComponent(`source:${d.name}`)}`}>{t('picture.values')}</a> · <a href={`/sources#${d.name}`}>{t('nav.sources')}</a></p>}
          {d.sources === 0 && <p class="quiet">{t('picture.nosource')} <code>cure publish {d.name} FILE</code></p>}
        </>
      ) : (
        <p>{tn('count.values', body.values)}</p>
      )}
      {shared.length > 0 && (
        <>
          <h4>{t('picture.shares')}</h4>
          <ul class="feed">{shared.slice(0, 12).map((s) => <li key={s.other.id} data-row><button type="button" class="plain" onClick={() => onRibbon(body.id, s.other.id)}><Source name={s.other.name} /></button> <span class="right n">{num(s.n)}</span></li>)}</ul>
        </>
      )}
    </aside>
  );
}

// EnrichedPanel says of how many values of a database an enricher says something.
function EnrichedPanel({ ids, picture, onClose }: { ids: [string, string]; picture: Picture; onClose: () => void }) {
  const ribbon = (picture.ribbons ?? []).find((r) => ids.includes(r.a) && ids.includes(r.b));
  const name = (id: string) => id.replace('enrich:', 'enrich/');
  if (!ribbon) return null;
  return (
    <aside class="panel" aria-label={`${name(ribbon.a)} + ${ribbon.b}`}>
      <header class="title"><h3><Source name={name(ribbon.a)} /> <Source name={ribbon.b} /></h3><button type="button" class="plain" onClick={onClose}>{t('picture.close')} <kbd aria-hidden="true">Esc</kbd></button></header>
      <p>{t('picture.enriched', { n: num(ribbon.shared), a: name(ribbon.a), b: ribbon.b })}</p>
    </aside>
  );
}

function RibbonPanel({ a, b, onClose }: { a: string; b: string; onClose: () => void }) {
  const shared = useResource((signal) => ask<Shared>(`/links/${seg(a)}/${seg(b)}`, { query: { limit: 40 }, signal }), ['ribbon', a, b]);
  const to = `/links/${seg(a)}/${seg(b)}`;
  return (
    <aside class="panel" aria-label={`${a} + ${b}`}>
      <header class="title"><h3><Source name={a} /> <Source name={b} /></h3><button type="button" class="plain" onClick={onClose}>{t('picture.close')} <kbd aria-hidden="true">Esc</kbd></button></header>
      {!shared.data && <Skeleton lines={6} />}
      {shared.data && (
        <>
          <p><b>{tn('links.shared', shared.data.total)}</b> <a href={to} onClick={(e) => { e.preventDefault(); go(to); }}>{t('picture.all')}</a></p>
          <ul class="feed">{(shared.data.values ?? []).map((v) => <li key={v.observable.value} data-row><span class="feed-line"><Value of={v.observable} /><span class="right"><Weight of={v.weight} why={v.why} /></span></span></li>)}</ul>
        </>
      )}
    </aside>
  );
}
