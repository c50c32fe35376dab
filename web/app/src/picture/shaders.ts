// The shaders of the picture. Bodies are shaded by one lamp and a rim of their
// own light; ribbons are expanded across the view, so that their width shows
// from everywhere; pulses run along the same curves on the GPU.

export const bodyVertex = /* glsl */ `
varying vec3 vNormal;
varying vec3 vView;
varying vec3 vLocal;
void main() {
  vLocal = normal;
  vNormal = normalize(normalMatrix * normal);
  vec4 view = modelViewMatrix * vec4(position, 1.0);
  vView = normalize(-view.xyz);
  gl_Position = projectionMatrix * view;
}`;

export const bodyFragment = /* glsl */ `
uniform vec3 colour;
uniform vec3 deep;
uniform float alpha;
uniform float grid;
uniform float turn;
uniform float flash;
varying vec3 vNormal;
varying vec3 vView;
varying vec3 vLocal;
void main() {
  vec3 lamp = normalize(vec3(-0.35, 0.75, 0.6));
  float lit = 0.5 + 0.5 * dot(vNormal, lamp);
  float rim = pow(1.0 - max(dot(vNormal, vView), 0.0), 2.4);
  vec3 c = mix(deep, colour, lit * lit * 0.9 + 0.1);
  c += vec3(1.0) * pow(max(dot(reflect(-lamp, vNormal), vView), 0.0), 28.0) * 0.55;
  if (grid > 0.0) {
    float lon = (atan(vLocal.z, vLocal.x) + turn) / 6.2831853 * 24.0;
    float lat = asin(clamp(vLocal.y, -1.0, 1.0)) / 3.1415927 * 12.0;
    vec2 g = abs(fract(vec2(lon, lat)) - 0.5);
    float line = smoothstep(0.47, 0.5, max(g.x, g.y));
    c += colour * line * grid;
  }
  c = mix(c, vec3(1.0), flash * 0.7);
  gl_FragColor = vec4(c + colour * rim * 0.8, alpha);
  #include <colorspace_fragment>
}`;

export const ribbonVertex = /* glsl */ `
attribute vec3 tangent;
attribute float side;
attribute float wide;
attribute vec3 tint;
attribute float lit;
attribute float along;
varying vec3 vTint;
varying float vSide;
varying float vLit;
varying float vAlong;
uniform float aspect;
void main() {
  vTint = tint; vSide = side; vLit = lit; vAlong = along;
  vec4 p = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  vec4 q = projectionMatrix * modelViewMatrix * vec4(position + tangent, 1.0);
  vec2 d = q.xy / q.w - p.xy / p.w;
  d.x *= aspect;
  vec2 n = normalize(vec2(-d.y, d.x) + 1e-6);
  n.x /= aspect;
  p.xy += n * side * wide * projectionMatrix[1][1] * 0.5;
  gl_Position = p;
}`;

export const ribbonFragment = /* glsl */ `
uniform float strength;
varying vec3 vTint;
varying float vSide;
varying float vLit;
varying float vAlong;
void main() {
  float edge = 1.0 - abs(vSide);
  float ends = smoothstep(0.0, 0.05, vAlong) * smoothstep(1.0, 0.95, vAlong);
  gl_FragColor = vec4(vTint, strength * vLit * (0.25 + 0.75 * smoothstep(0.0, 0.7, edge)) * (0.55 + 0.45 * ends));
  #include <colorspace_fragment>
}`;

export const pulseVertex = /* glsl */ `
attribute vec3 from;
attribute vec3 via;
attribute vec3 to;
attribute vec3 tint;
attribute vec4 life; // begin, seconds, size, 1: comes again
uniform float now;
uniform float scale;
varying vec3 vTint;
varying float vFade;
void main() {
  float t = (now - life.x) / life.y;
  if (life.w > 0.5) t = fract(t);
  float alive = step(0.0, t) * step(t, 1.0) * step(0.001, life.y);
  t = clamp(t, 0.0, 1.0);
  float u = 1.0 - t;
  vec3 p = u * u * from + 2.0 * u * t * via + t * t * to;
  vec4 view = modelViewMatrix * vec4(p, 1.0);
  gl_Position = alive > 0.5 ? projectionMatrix * view : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = life.z * scale / -view.z;
  vTint = tint;
  vFade = smoothstep(0.0, 0.08, t) * smoothstep(1.0, 0.92, t);
}`;

export const pulseFragment = /* glsl */ `
varying vec3 vTint;
varying float vFade;
void main() {
  float d = length(gl_PointCoord - 0.5) * 2.0;
  float core = smoothstep(1.0, 0.0, d);
  gl_FragColor = vec4(mix(vTint, vec3(1.0), core * core * 0.7), core * vFade);
  #include <colorspace_fragment>
}`;

export const pointVertex = /* glsl */ `
attribute vec3 tint;
uniform float scale;
varying vec3 vTint;
void main() {
  vTint = tint;
  vec4 view = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * view;
  gl_PointSize = clamp(0.09 * scale / -view.z, 1.5, 12.0);
}`;

export const pointFragment = /* glsl */ `
varying vec3 vTint;
void main() {
  float d = length(gl_PointCoord - 0.5) * 2.0;
  if (d > 1.0) discard;
  gl_FragColor = vec4(vTint, 0.9 - 0.5 * d);
  #include <colorspace_fragment>
}`;
