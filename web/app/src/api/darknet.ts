import type { Marking, Observable, Override } from './types';

// What engines notice in a darknet, as the Go package client says it.

export interface Vote {
  engine: string; test: string; window: string; windows: number; value: number; baseline: number; threshold: number;
  p?: number; score: number; why: string; sources?: number;
}

export interface Activity {
  id: string; title: string; sensor: string; marking: Marking; severity: string; todo: string; start: string; last: string; found: string;
  ports: Observable[] | null; fingerprint?: string; pattern: string; sources: number; before: number; score: number;
  votes: Vote[] | null; set_aside?: string[]; suppressed?: Override;
}

export interface HeatRow { host: string; scanner?: string; counts: number[] | null }

export interface HostHeat { from: string; bin: number; bins: number; hosts: HeatRow[] | null; of: number }

export interface ActivityMember { host: Observable; first: string; last: string; packets: number; windows: number; tool?: string; scanner?: string }

export interface Judgement { engine: string; test: string; window: string; value: number; baseline: number; threshold: number; alarmed: boolean; why: string }

export interface ActivityFile extends Activity {
  growth: { from: string; step: number; counts: number[] | null }; baseline?: number[]; threshold?: number[];
  port_set: { port: Observable; sources: number; named: boolean }[] | null; heat: HostHeat;
  members: ActivityMember[] | null; cut?: number; judged?: Judgement[]; evidence?: string[];
}

export interface DarknetPorts {
  from: string; step: number; steps: number; other: number; backscatter: number[] | null; overflow: number[] | null;
  ports: { port: Observable; sources: number[] | null; most: number; activities?: string[] }[] | null;
}

export interface WhyNot {
  port: Observable; at: string; answer: string; sensors: { sensor: string; judged: Judgement[] | null; activities?: string[] }[] | null;
}
