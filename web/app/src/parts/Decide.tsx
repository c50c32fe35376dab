import { useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import type { Override, Target } from '../api/types';
import { maybe, t } from '../i18n';
import { me, preview } from '../state/session';
import { Panel, Trouble } from './Block';
import { Grade, Time } from './Value';

const verdicts = ['malicious', 'suspicious', 'not-benign', 'benign', 'scanner', 'victim', 'unknown'];
const days = ['', '1', '7', '30', '90'];

export const mayDecide = (): boolean => !preview.value && ['admin', 'analyst'].includes(me.value?.principal.role ?? '');

// Decide lets an analyst say what something is, or fold it away, with a reason
// and an end. It sticks, and everybody sees who decided and why.
export function Decide({ target, onDone }: { target: Target; onDone: () => void }) {
  const [error, setError] = useState<ApiError>();
  const [open, setOpen] = useState(false);
  if (!mayDecide()) return null;
  const submit = (form: HTMLFormElement) => {
    const f = new FormData(form);
    const says = String(f.get('says'));
    const last = Number(f.get('days'));
    const override: Override = {
      kind: says === 'suppress' || says === 'note' ? says : 'verdict', target, reason: String(f.get('reason')).trim(),
      ...(says === 'suppress' || says === 'note' ? {} : { value: says }),
      ...(last ? { expires: new Date(Date.now() + last * 86_400_000).toISOString() } : {}),
    };
    ask('/overrides', { method: 'POST', body: override }).then(
      () => (setError(undefined), setOpen(false), onDone()),
      (err: unknown) => setError(err instanceof ApiError ? err : undefined),
    );
  };
  return (
    <details class="decide no-print" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('decide.title')}</summary>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          submit(e.currentTarget);
        }}
      >
        <label>{t('decide.says')}
          <select name="says">
            {verdicts.map((v) => <option key={v} value={v}>{maybe('verdict', v)}</option>)}
            <option value="note">{t('verdict.note')}</option>
            <option value="suppress">{t('verdict.suppress')}</option>
          </select>
        </label>
        <label>{t('decide.until')}
          <select name="days">{days.map((d) => <option key={d} value={d}>{d ? t('decide.days', { n: d }) : t('decide.always')}</option>)}</select>
        </label>
        <label class="grow">{t('decide.reason')} <input name="reason" required maxLength={500} autocomplete="off" /></label>
        <button>{t('decide.go')}</button>
      </form>
      {error && <Trouble error={error} />}
    </details>
  );
}

// Decisions are what people decided about something.
export function Decisions({ of, onChange }: { of: Override[] | undefined; onChange: () => void }) {
  const [error, setError] = useState<ApiError>();
  if (!of?.length) return null;
  const remove = (id: string) => {
    ask(`/overrides/${seg(id)}`, { method: 'DELETE', query: { reason: t('decide.removed') } }).then(onChange, (err: unknown) => setError(err instanceof ApiError ? err : undefined));
  };
  return (
    <Panel title={t('decide.decided')}>
      {error && <Trouble error={error} />}
      <ul class="feed">
        {of.map((o, i) => (
          <li key={o.id ?? i}>
            <b>{o.kind === 'owner' ? `${t('verdict.owner')} ${o.value ?? ''}` : maybe('verdict', o.kind === 'suppress' ? 'suppress' : (o.value ?? o.kind))}</b> <bdi>{o.reason}</bdi>{' '}
            <span class="quiet">— <bdi>{o.name}</bdi> <Time at={o.time} /> {o.expires && <>{t('decide.ends')} <Time at={o.expires} /></>}</span> <Grade of={o.marking} />{' '}
            {o.id && mayDecide() && <button type="button" class="plain" onClick={() => remove(o.id!)}>{t('decide.remove')}</button>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

// Overruled says that somebody decided against what stands before it.
export function Overruled({ of: o }: { of: Override }) {
  return <p class="small warn">{t('decide.overruled')} <bdi>{o.name}: {o.reason}</bdi></p>;
}
