// The colours of the seed design's legend, for both themes. In the light
// theme glow would vanish, so bodies are deeper and nothing is added up.

export interface Palette {
  hub: number; hubDeep: number; observation: number; meaning: number; enricher: number; watch: number; alert: number;
  line: number; additive: boolean; glow: number; ribbon: number;
}

export const dark: Palette = {
  hub: 0x8fdcff, hubDeep: 0x1469ad, observation: 0x4f94ff, meaning: 0xff9f3d, enricher: 0xff7dbd, watch: 0xb18cff, alert: 0xffffff,
  line: 0x5878a8, additive: true, glow: 0.55, ribbon: 0.55,
};

export const light: Palette = {
  hub: 0x7fcdf7, hubDeep: 0x1a7fca, observation: 0x2a6fd6, meaning: 0xe8791a, enricher: 0xdb4a95, watch: 0x7d4fd6, alert: 0x0d2a4d,
  line: 0x8aa6c8, additive: false, glow: 0.3, ribbon: 0.5,
};
