// The shapes of the hub's API that the pages read: those of the Go package
// client, as JSON writes them. Absent fields are zero there.

export type Kind = 'ip' | 'cidr' | 'domain' | 'hash' | 'email' | 'url' | 'cve' | 'tag' | 'port' | 'fp' | 'asn';

export interface Observable { kind: Kind; value: string }

export interface Marking { tlp?: string; pap?: string; licence?: string; personal?: boolean; orgs?: string }

export interface Target { observable?: Observable; tag?: Observable; source?: string; with?: string; detection?: string }

export interface Override {
  id?: string; kind: string; target: Target; value?: string; reason: string; author?: string; name?: string; org?: string;
  marking?: Marking; time?: string; expires?: string;
}

export interface Note {
  enricher: string; version: number; name: string; value: string; score?: number;
  time: string; expires?: string; why?: string; source: string; marking: Marking; overruled?: Override;
}

export interface Summary {
  observable: Observable; sources?: string[]; first?: string; last?: string; count?: number;
  roles?: string[]; tags?: string[]; notes?: Note[]; overrides?: Override[];
}

export interface SourceSight {
  source: string; roles?: string[]; first: string; last: string; count: number;
  listed?: boolean; ended?: boolean; marking: Marking; overruled?: Override;
}

export interface WeaknessNode { id: string; name: string; kind: string; mass: number; usage: string; suggest?: string[] }

export interface SeverityEstimate {
  vector: string; score: number; expected: number; median: number; low: number; high: number; band: string; bands: Record<string, number>;
  metrics: { metric: string; value: string; p: Record<string, number>; words?: string[] }[] | null; v4: string; v4_score: number;
}

export interface Estimate {
  estimated: boolean; model: string; cwe_version: string; language?: string; unsure?: string; type?: WeaknessNode; path?: WeaknessNode[]; top?: WeaknessNode[];
  right?: { of: number; right: number }; cvss?: SeverityEstimate;
  reasons?: { for: string; against: string; words: { start: number; end: number; text: string; weight: number }[] | null; similar?: { id: string; type: string; alike: number }[] };
}

export interface EstimateModel { version: string; cwe: string; texts: number; held: number; newest: string; notice: string; coverage: { share: number; accuracy: number }[] | null }

export interface Vulnerability {
  observable: Observable; known: boolean; official?: TiedTag[]; notes?: Note[]; estimate?: Estimate; mentions?: string[];
  description?: { text: string; title?: string; source: string; record: string; marking: Marking };
}

export interface Evidence { source: string; record?: string; confidence?: number; sentence?: string; title?: string; time?: string }

export interface TiedTag {
  tag: Observable; sources: string[]; confidence?: number; last?: string; records?: string[]; evidence?: Evidence[]; overruled?: Override;
}

export interface Reach { tag: Observable; via: Observable; record?: string; sources: string[]; evidence?: Evidence[] }

export interface Names { tag: Observable; names: { tag: Observable; language?: string; known?: boolean }[] | null; cut?: boolean }

export interface Conflict { about: string; claims: { says: string; sources?: string[]; people?: string[] }[] | null }

export interface Related extends Summary { weight: number; common?: boolean }

export interface Link { a: string; b: string; weight: number; common?: boolean; why: string; overruled?: Override }

export interface Sighting {
  source: string; role?: string; state?: string; first: string; last: string; count: number;
  marking: Marking; record?: string;
}

export interface Miss { since?: string; near?: Summary[]; why: string }

export interface Answer extends Summary {
  known: boolean; sights?: SourceSight[]; tied?: TiedTag[]; tied_cut?: number; links?: Link[]; links_cut?: number;
  related?: Related[]; related_cut?: number; covering?: Summary[]; recent?: Sighting[]; miss?: Miss;
  names?: Names; reached?: Reach[]; reached_cut?: number; conflicts?: Conflict[];
}

export interface SharedTrait { kind: string; count: number; part: number; names?: string[] }

export interface SimilarAddress { observable: Observable; score: number; overlap: number; why: string; shared: SharedTrait[]; sources: string[] }

export interface Similar { observable: Observable; state: 'found' | 'insufficient' | 'unknown' | 'reading' | 'off'; why: string; packets?: number; traits?: number; values: SimilarAddress[] }

export interface Contact { host: Observable; first: string; last: string; count: number; sources: string[]; ports?: Observable[] }

export interface Contacts { observable: Observable; since: string; kept: string; hosts: Contact[]; cut?: number; partial?: boolean }

export interface Results { query?: string; values: Summary[] | null; misses?: Answer[]; more?: boolean; hints?: string[] }

export interface Extracted { values: Summary[] | null; kinds: Record<string, number>; known: number; cut?: number }

export interface Timeline { observable: Observable; sightings: Sighting[] | null; more?: boolean }

export interface Neighbours { observable: Observable; values: Related[] | null; cut?: number }

export interface Matrix { names: string[] | null; shared: number[][] | null }

export interface SharedValue extends Summary { weight: number; common?: boolean; why: string }

export interface Shared { a: string; b: string; total: number; values: SharedValue[] | null; cut?: number }

export interface Attr { name: string; value: string }

export interface Annotation { subject: Observable; tag: Observable; time: string; confidence?: number; sentence?: string; document?: string }

export interface Document { id: string; title: string; url?: string; date: string; language?: string }

export interface Opened {
  source: string; parts: number; arrived: string; note?: string; id?: string; sensor?: string; contributor?: string;
  marking?: Marking; attrs?: Attr[]; raw?: string;
  observations?: { observable: Observable; role?: string; state?: string; first: string; last?: string; count?: number }[];
  annotations?: Annotation[]; documents?: Document[]; reached?: Reach[]; others?: SharedValue[];
}

export interface Operating {
  batches: number; records: number; refused: number; why?: string; raised?: number; unknown?: number;
  duplicates: number; quarantined: number; arrived?: string; good?: string; rate?: number; lag: number; skew: number; clock?: string; writer: boolean;
}

export interface Listening { messages: number; long: number; dropped: number; evicted: number; handshakes: number }

export interface Intake {
  running: boolean; since?: string; attempts: number; err?: string; records: number; published: number; quarantined: number; good?: string; listening?: Listening;
}

export interface SourceStatus {
  source: string; values: number; observations: number; first?: string; last?: string;
  default?: Marking; operating?: Operating; intake?: Intake;
}

export interface BadRecord { source: string; time: string; place: string; reason: string; raw: string; marking: Marking }

export interface Stats {
  values: Record<string, number> | null; observations: number; pairs: number; tagged: number; sources: number;
  first?: string; last?: string;
}

export interface Principal { key: string; name: string; org: string; role: string; max_tlp: string }

export interface Me { version: string; principal: Principal; ready: boolean; siem?: string }

export interface Org {
  id: string; name: string; own?: boolean; max_tlp?: string; max_pap?: string; licence?: string; personal?: boolean;
  allow?: string[]; deny?: string[];
}

export interface Key {
  id: string; name: string; org?: string; role: string; max_tlp?: string; sources?: string[];
  expires?: string; created: string; by?: string; revoked?: string;
}

export interface AuditEvent {
  seq: number; time: string; key?: string; org?: string; action: string; object?: string; query?: string; why?: string;
}

export interface Status {
  ready: boolean; applied: number; last: number; behind: number; started: string; snapshot?: string;
  bytes: number; budget: number; memory: string; shed: number; expired: number; segments: number; kept: number;
  log: string; log_bytes: number; subscribers: number;
  engines?: { name: string; version: number; read: number; emitted: number; missed: number; err?: string }[];
  alarms?: { source: string; what: string }[];
}

export interface Database {
  name: string; role?: string; layer: 'observation' | 'meaning'; topics?: string[]; sources: number;
  observables: number; observations?: number; records?: number; state: string; why?: string; last?: string;
}

export interface Detection {
  id: string; start?: string; end?: string; engine?: string; title: string; ports?: Observable[]; sources?: Observable[];
  pattern?: string; score?: number; source?: string; record?: string; marking?: Marking; arrived?: string; overrides?: Override[];
}

export interface NowLink extends SharedValue { arrived: string; new?: string[] }

export interface NowLinks { total: number; cut?: boolean; values: NowLink[] | null; empty?: string }

export interface NowAnswer {
  time: string; since: string; links: NowLinks; alerts: NowLinks; detections: { values: Detection[] | null; empty?: string };
}

export interface Member { observable: Observable; sources: string[] | null; roles?: string[]; first: string; last: string; ties: number }

export interface Campaign {
  id: string; title: string; founder: Observable; first: string; last: string; publishers: string[] | null;
  shared: number; size: number; tags?: string[]; members?: Member[]; touches?: Observable[];
}

export interface CampaignChanges {
  since: string; new: Campaign[] | null; ended: number;
  grown: { campaign: Campaign; joined: Member[] | null; cut?: number; publishers?: string[]; merged?: string[] }[] | null;
}

export interface Part {
  observable?: Observable; text?: string; reason: string; sources?: string[]; records?: string[]; count?: number;
  weight?: number; first?: string; last?: string; overruled?: Override;
}

export interface CaseBlock { name: string; state: string; fills?: string; parts?: Part[]; cut?: number }

export interface Case { id: string; title: string; opened: string; detection: Detection; from?: string; to?: string; blocks?: CaseBlock[] }

export interface DocumentFile extends Document { source: string; marking: Marking; record?: string; snippet?: string; text?: string }

export interface Documents { terms: string[] | null; documents: DocumentFile[] | null; more?: boolean; unread?: number }

export interface History {
  from: string; to: string; step: number; kept?: string; note?: string;
  frames: { time: string; arrived: Record<string, number> | null; observables: Record<string, number> | null; ribbons: { a: string; b: string; shared: number }[] | null; linked: number }[] | null;
}

export interface Picture {
  seq?: number; time: string; past?: boolean; note?: string;
  databases: Database[]; enrichers?: { name: string; version?: number; results?: number; state?: string }[] | null;
  ribbons: { a: string; b: string; shared: number }[] | null; watch?: { name: string; targets?: number }[] | null;
  detections?: Detection[] | null;
}

export interface Pulse {
  seq?: number; time: string; records?: Record<string, number>;
  links?: { a: string; b: string; count: number; sample?: string }[]; alerts?: number; detections?: Detection[];
}

export interface TicketTag { observable: Observable; tag: Observable; reason?: string; name?: string; time?: string }

export interface Ticket {
  id: string; title: string; text?: string; closed?: boolean; name?: string; org?: string; marking?: Marking; created: string; changed: string;
  from?: { page?: string; about?: Observable; records?: string[]; sources?: string[]; left?: number };
  holds?: Observable[]; tags?: TicketTag[]; comments?: { text: string; name?: string; time?: string }[];
}

export interface KeptSearch { id: string; name: string; query: string; shared?: boolean; mine?: boolean; by?: string; org?: string; marking?: Marking; time?: string }
