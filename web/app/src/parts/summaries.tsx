import type { Summary } from '../api/types';
import { t } from '../i18n';
import { num } from '../text/number';
import { Grid, type Column } from './Grid';
import { Notes, Roles, Sources, Tags, Time, Value } from './Value';

export const idOf = (s: Summary): string => `${s.observable.kind}:${s.observable.value}`;

export function summaryColumns<T extends Summary>(more: Column<T>[] = []): Column<T>[] {
  return [
    { name: t('col.value'), width: 'minmax(11rem, 2fr)', cell: (s) => <Value of={s.observable} /> },
    { name: t('col.sources'), width: 'minmax(8rem, 1.6fr)', cell: (s) => <Sources names={s.sources} /> },
    { name: t('col.roles'), width: 'minmax(4rem, .8fr)', cell: (s) => <Roles of={s.roles} />, hideNarrow: true },
    { name: t('col.first'), width: '8.6rem', cell: (s) => <Time at={s.first} />, hideNarrow: true },
    { name: t('col.last'), width: '8.6rem', cell: (s) => <Time at={s.last} />, hideNarrow: true },
    { name: t('col.count'), width: '4.5rem', right: true, cell: (s) => num(s.count), hideNarrow: true },
    { name: t('col.tags'), width: 'minmax(6rem, 1.2fr)', cell: (s) => <><Tags of={s.tags} most={2} /><Notes of={s.notes} most={1} /></>, hideNarrow: true },
    ...more,
  ];
}

export function Summaries({ of, label, height }: { of: Summary[]; label: string; height?: number }) {
  return <Grid rows={of} columns={summaryColumns()} label={label} {...(height ? { height } : {})} />;
}
