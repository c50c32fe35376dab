import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Documents as Found, DocumentFile } from '../api/types';
import { t } from '../i18n';
import { Block } from '../parts/Block';
import { Grade, Source, Time } from '../parts/Value';
import { place, setQuery } from '../state/router';
import { num } from '../text/number';

// DocumentSearch looks for words in reports, posts and tickets, and lists the
// newest without any.
export function DocumentSearch() {
  const words = place.value.query.get('words') ?? '';
  const found = useResource((signal) => ask<Found>('/documents', { query: { q: words, limit: 50 }, signal }), ['documents', words]);
  return (
    <Block title={t('documents.title')} of={found} lines={4} absent={t('documents.absent')}>
      {(f) => (
        <>
          <form
            class="search" role="search"
            onSubmit={(e) => {
              e.preventDefault();
              setQuery({ words: String(new FormData(e.currentTarget).get('words') ?? '').trim() }, 'push');
            }}
          >
            <span class="box"><input type="search" list={undefined} name="words" defaultValue={words} maxLength={500} aria-label={t('documents.words')} placeholder={t('documents.words')} /></span>
            <button>{t('search.go')}</button>
          </form>
          {!f.documents?.length && <p class="void">{t('documents.none')}</p>}
          <ol class="feed">
            {(f.documents ?? []).map((d) => (
              <li key={d.id} data-row>
                <span class="feed-line"><a href={`/d/${seg(d.id)}`} lang={d.language}><b><bdi>{d.title}</bdi></b></a> <span class="right quiet"><Time at={d.date} /></span></span>
                {d.snippet && <p class="quiet"><bdi lang={d.language}>{d.snippet}</bdi></p>}
                <Source name={d.source} /> <Grade of={d.marking} />
              </li>
            ))}
          </ol>
          {f.unread ? <p class="quiet">{t('documents.unread', { n: num(f.unread) })}</p> : null}
        </>
      )}
    </Block>
  );
}

// DocumentPage is one of them with its text, as it was published.
export function DocumentPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<DocumentFile>(`/documents/${seg(id)}`, { signal }), ['document', id]);
  return (
    <>
      <p class="kind"><a href="/intelligence">{t('nav.intelligence')}</a></p>
      <h1><bdi lang={one.data?.language}>{one.data?.title ?? t('document.title')}</bdi></h1>
      <Block of={one} lines={10} absent={t('documents.gone')}>
        {(d) => (
          <>
            <p class="verdict"><Source name={d.source} /> · <Time at={d.date} /> · <Grade of={d.marking} /> {d.record && <a href={`/r/${seg(d.record)}`}>{t('documents.record')}</a>}</p>
            {d.text ? <pre class="document" tabIndex={0} lang={d.language}>{d.text}</pre> : <p class="void">{t('documents.notext')}</p>}
          </>
        )}
      </Block>
    </>
  );
}
