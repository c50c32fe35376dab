import type { ComponentChildren } from 'preact';
import type { Marking, Note, Observable } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { defang, entityPath, show, tagPath } from '../text/defang';
import { percent } from '../text/number';
import { ago, parse, stamp } from '../text/time';
import { zone } from '../state/prefs';
import { layerOf, publisherOf } from './layer';

// The small parts that all pages are made of. Links lead to pages of the hub,
// never to where a value points.

export function Value({ of, kind = true }: { of: Observable; kind?: boolean }) {
  return (
    <a class="value" href={entityPath(of)}>
      {kind && <span class="kind">{maybe('kind', of.kind)}</span>}
      <bdi>{show(of)}</bdi>
    </a>
  );
}

// Source names who says something, with the sign of its layer: a ring for
// observation, a square for meaning, a dashed ring for enrichment.
export function Source({ name }: { name: string }) {
  const layer = layerOf(name);
  return (
    <span class={`source ${layer}`} title={`${name} (${t(`layer.${layer}`)})`}>
      <i class="tick" aria-hidden="true" />
      <bdi>{name}</bdi>
    </span>
  );
}

// Sources folds many sources into one tick a publisher.
export function Sources({ names, most = 4 }: { names: string[] | undefined; most?: number }) {
  if (!names?.length) return <span class="quiet">{t('value.nobody')}</span>;
  const publishers = [...new Set(names.map(publisherOf))];
  return (
    <span class="sources" title={names.slice(0, 40).join('\n')}>
      {publishers.slice(0, most).map((p) => <Source key={p} name={p} />)}
      {publishers.length > most && <span class="quiet">+{publishers.length - most}</span>}
      <span class="hidden">{tn('count.sources', names.length)}</span>
    </span>
  );
}

export function Grade({ of }: { of: Marking | undefined }) {
  if (!of?.tlp) return <span class="quiet">{t('grade.default')}</span>;
  const rest = [of.pap && `PAP:${of.pap}`, of.licence && maybe('licence', of.licence), of.personal && t('grade.personal'), of.orgs && of.orgs];
  return (
    <span class={`tlp ${of.tlp.toLowerCase().replace('+strict', '')}`} title={rest.filter(Boolean).join(' · ')}>
      TLP:{of.tlp}
    </span>
  );
}

export function Time({ at, far = false }: { at: string | undefined; far?: boolean }) {
  const ms = parse(at);
  if (ms === undefined) return <span class="quiet">{t('time.never')}</span>;
  const exact = `${stamp(ms, 'second')} ${zone.value}`;
  return (
    <time dateTime={at} title={far ? exact : `${exact} · ${ago(ms, Date.now())}`}>
      {far ? ago(ms, Date.now()) : stamp(ms)}
    </time>
  );
}

export function Roles({ of }: { of: string[] | undefined }) {
  const known = (of ?? []).filter((r) => r && r !== 'unknown');
  return <>{known.map((r) => maybe('role', r)).join(t('list.comma'))}</>;
}

export function Tags({ of, most = 3 }: { of: string[] | undefined; most?: number }) {
  if (!of?.length) return null;
  return (
    <span class="tags">
      {of.slice(0, most).map((tag) => (
        <a key={tag} class="chip tag" href={tagPath(tag)}><bdi>{tag}</bdi></a>
      ))}
      {of.length > most && <span class="quiet">+{of.length - most}</span>}
    </span>
  );
}

export function Notes({ of, most = 3 }: { of: Note[] | undefined; most?: number }) {
  if (!of?.length) return null;
  return (
    <>
      {of.slice(0, most).map((n, i) => (
        <span key={i} class="chip note" title={n.why}>
          <bdi>{n.name}: {n.value}</bdi>
        </span>
      ))}
      {of.length > most && <span class="quiet">+{of.length - most}</span>}
    </>
  );
}

export function Weight({ of, why }: { of: number; why?: string }) {
  return (
    <span class="weight" title={why}>
      <meter min={0} max={1} value={of} aria-label={t('link.weight')} />
      <span>{percent(of)}</span>
    </span>
  );
}

// Copy puts a text onto the clipboard and says so.
export function Copy({ text, children, title }: { text: string; children: ComponentChildren; title?: string }) {
  return (
    <button
      type="button" class="plain" title={title}
      onClick={(e) => {
        const button = e.currentTarget;
        void put(text).then((ok) => {
          button.dataset['said'] = ok ? t('copy.done') : t('copy.failed');
          setTimeout(() => delete button.dataset['said'], 1500);
        });
      }}
    >
      {children}
    </button>
  );
}

async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not over plain http to another machine
  }
}

export { defang };
