import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { maybe, t, tn } from '../i18n';
import { go, place } from '../state/router';
import { manyValues, pasted } from '../state/pasted';

// Suggestion completes the last word of what is typed.
interface Suggestion { text: string; query: string; what: string; sources?: number }

// SearchBox is the one box for everything: a value, several, a question, or a
// whole report that is pasted or dropped onto it.
export function SearchBox({ big = false }: { big?: boolean }) {
  const asked = place.value.path === '/q' ? (place.value.query.get('q') ?? '') : '';
  const [text, setText] = useState(asked);
  const [offers, setOffers] = useState<Suggestion[]>([]);
  const [chosen, setChosen] = useState(-1);
  const box = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => setText(asked), [asked]);

  useSuggestions(text, setOffers, () => document.activeElement === box.current);
  const take = (s: Suggestion) => {
    setText(s.query + (/[:=]$/.test(s.query) ? '' : ' '));
    setOffers([]);
    setChosen(-1);
    box.current?.focus();
  };
  const submit = (value: string) => {
    setOffers([]);
    if (!value.trim()) return;
    if (manyValues(value)) {
      pasted.value = value;
      go('/q#text');
    } else go(`/q?q=${encodeURIComponent(value.trim())}`);
    box.current?.blur();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return; // Enter ends the input method's choice, not ours
    if (e.key === 'ArrowDown' && offers.length) {
      e.preventDefault();
      setChosen((chosen + 1) % offers.length);
    } else if (e.key === 'ArrowUp' && offers.length) {
      e.preventDefault();
      setChosen((chosen <= 0 ? offers.length : chosen) - 1);
    } else if (e.key === 'Tab' && !e.shiftKey && chosen >= 0) {
      e.preventDefault();
      take(offers[chosen]!);
    } else if (e.key === 'Escape' && offers.length) {
      e.preventDefault();
      setOffers([]);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      const picked = offers[chosen];
      if (picked) take(picked);
      else submit(text);
    }
  };
  const swallow = async (e: Event, from: DataTransfer | null) => {
    const dropped = from?.files[0];
    const value = dropped ? await dropped.text() : (from?.getData('text') ?? '');
    if (!manyValues(value)) return;
    submit(value);
    void e;
  };

  return (
    <form
      class={`search ${big ? 'big' : ''}`} role="search"
      onSubmit={(e) => {
        e.preventDefault();
        submit(text);
      }}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        void swallow(e, e.dataTransfer);
      }}
    >
      <span class="box"><input
        ref={box} data-search type="search" list={undefined} name="q" value={text} maxLength={16384} autocomplete="off" spellcheck={false}
        autocapitalize="off" placeholder={big ? t('search.placeholder') : t('search.short')} aria-label={t('search.label')}
        role="combobox" aria-expanded={offers.length > 0} aria-controls={list} aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
        onInput={(e) => {
          setText(e.currentTarget.value);
          setChosen(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setOffers([]), 150)}
        onPaste={(e) => {
          if (manyValues(e.clipboardData?.getData('text') ?? '')) {
            e.preventDefault();
            void swallow(e, e.clipboardData);
          }
        }}
      />
      {!big && <kbd aria-hidden="true">/</kbd>}</span>
      <button type="submit">{t('search.go')}</button>
      <ul id={list} role="listbox" class="offers" hidden={offers.length === 0} aria-label={t('search.offers')}>
        {offers.map((o, i) => (
          <li
            key={o.text} id={`${list}-${i}`} role="option" aria-selected={i === chosen}
            onMouseDown={(e) => {
              e.preventDefault();
              take(o);
            }}
          >
            <bdi>{o.text}</bdi> <span class="quiet">{maybe('kind', o.what)}{o.sources ? ` · ${tn('count.sources', o.sources)}` : ''}</span>
          </li>
        ))}
      </ul>
    </form>
  );
}

let unable = false; // this hub completes nothing

// useSuggestions asks the hub to complete what is typed, when the typing rests.
function useSuggestions(text: string, set: (o: Suggestion[]) => void, focused: () => boolean): void {
  useEffect(() => {
    if (unable || text.trim() === '' || /\s$/.test(text) || !focused()) {
      set([]);
      return;
    }
    const abort = new AbortController();
    const id = setTimeout(() => {
      ask<Suggestion[] | null>('/suggest', { query: { q: text.slice(0, 4000), limit: 8 }, signal: abort.signal })
        .then((found) => focused() && set((found ?? []).filter((o) => o.query.trim() !== text.trim())))
        .catch((err: { kind?: string }) => {
          unable = err.kind === 'absent';
        });
    }, 160);
    return () => {
      clearTimeout(id);
      abort.abort();
    };
  }, [text]);
}
