import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { t } from '../i18n';
import { go, place } from '../state/router';
import { manyValues, pasted } from '../state/pasted';
import { known, learnNames } from '../state/names';
import { suggest, wordAt, type Suggestion } from './suggest';

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

  const offer = (value: string) => {
    const [from, to] = wordAt(value, box.current?.selectionStart ?? value.length);
    setOffers(suggest(value.slice(from, to), known.value));
    setChosen(-1);
  };
  useSuggestions(text, offers, setOffers, () => document.activeElement === box.current);

  const take = (s: Suggestion) => {
    const [from, to] = wordAt(text, box.current?.selectionStart ?? text.length);
    const open = s.text.endsWith(':') || s.text.endsWith('=');
    const next = `${text.slice(0, from)}${s.text}${open ? '' : ' '}${text.slice(to).trimStart()}`;
    setText(next);
    setOffers([]);
    box.current?.focus();
    if (open) requestAnimationFrame(() => offer(next));
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
      <input
        ref={box} data-search type="search" list={undefined} name="q" value={text} maxLength={16384} autocomplete="off" spellcheck={false}
        autocapitalize="off" placeholder={big ? t('search.placeholder') : t('search.short')} aria-label={t('search.label')}
        role="combobox" aria-expanded={offers.length > 0} aria-controls={list} aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
        onInput={(e) => {
          setText(e.currentTarget.value);
          offer(e.currentTarget.value);
        }}
        onFocus={() => void learnNames()}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setOffers([]), 150)}
        onPaste={(e) => {
          if (manyValues(e.clipboardData?.getData('text') ?? '')) {
            e.preventDefault();
            void swallow(e, e.clipboardData);
          }
        }}
      />
      {!big && <kbd aria-hidden="true">/</kbd>}
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
            <bdi>{o.text}</bdi> {o.hint && <span class="quiet">{o.hint}</span>}
          </li>
        ))}
      </ul>
    </form>
  );
}

interface Suggested { suggestions?: { text?: string; value?: string; hint?: string; kind?: string }[] }

let unable = false; // this hub has no suggestions of its own

// useSuggestions adds what the hub offers, where it offers something.
function useSuggestions(text: string, offers: Suggestion[], set: (o: Suggestion[]) => void, focused: () => boolean): void {
  useEffect(() => {
    const word = text.trim().split(/\s+/).at(-1) ?? '';
    if (unable || offers.length > 0 || word.length < 2 || word.includes(':') || !focused()) return;
    const abort = new AbortController();
    const id = setTimeout(() => {
      ask<Suggested | { text?: string; value?: string; hint?: string; kind?: string }[]>('/suggest', { query: { q: word }, signal: abort.signal })
        .then((s) => {
          const found = (Array.isArray(s) ? s : (s.suggestions ?? [])).map((o) => ({ text: o.text ?? o.value ?? '', hint: o.hint ?? o.kind ?? '' }));
          if (focused()) set(found.filter((o) => o.text && o.text !== word).slice(0, 8));
        })
        .catch((err: { kind?: string }) => {
          unable = err.kind === 'absent';
        });
    }, 180);
    return () => {
      clearTimeout(id);
      abort.abort();
    };
  }, [text, offers.length]);
}
