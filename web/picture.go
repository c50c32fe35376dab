package web

import (
	"fmt"
	"math"
	"net/url"

	"github.com/opencure/cure/internal/access"
)

// picture is the hub and the publishers around it: those that observe on a
// wide low ring, those that hold meaning on an arc above, enrichers below. A
// ribbon's width is the logarithm of what two of them share. Positions depend
// on the order of the names only, so that the picture can be learnt.
type picture struct {
	Nodes   []node
	Ribbons []ribbon
	Top     int // of the part that is shown: without an arc above there is less
	Height  int
}

type node struct {
	Name, Layer string
	X, Y, R     int
	LabelY      int
	Values      uint64
}

type ribbon struct {
	Path, Href, Title string
	Class             string // width and kind
}

// The middle and the rings of the picture, in its own units.
const (
	midX, midY   = 480, 215
	ringX, ringY = 390, 150
	arcX, arcY   = 300, 175
)

func draw(m access.Matrix, root string) picture {
	var p picture
	groups := map[string][]int{}
	for i, name := range m.Names {
		l := layer(name)
		groups[l] = append(groups[l], i)
	}
	at := make([]node, len(m.Names))
	place := func(l string, from, to, rx, ry float64) {
		for k, i := range groups[l] {
			a := from + (to-from)*(float64(k)+0.5)/float64(len(groups[l]))
			size := 8 + int(math.Log1p(float64(m.Shared[i][i])))
			x, y := midX+rx*math.Cos(a), midY-ry*math.Sin(a)
			at[i] = node{Name: m.Names[i], Layer: l, X: int(x), Y: int(y), R: size, LabelY: int(y) + size + 16, Values: m.Shared[i][i]}
		}
	}
	// Angles grow against the clock from the right: the ring is open above. An
	// enricher stands beside the front of the ring, where a sphere may be.
	place("observation", -1.12*math.Pi, 0.12*math.Pi, ringX, ringY)
	place("meaning", 0.8*math.Pi, 0.2*math.Pi, arcX, arcY)
	place("enricher", -0.45*math.Pi, -0.2*math.Pi, 150, 95)
	p.Nodes = at
	p.Top, p.Height = 0, 440
	if len(groups["meaning"]) == 0 {
		p.Top, p.Height = 55, 385
	}
	for i := range m.Names {
		for j := range i {
			if n := m.Shared[i][j]; n > 0 {
				p.Ribbons = append(p.Ribbons, ribbonOf(root, at[j], at[i], n))
			}
		}
	}
	return p
}

func ribbonOf(root string, a, b node, n uint64) ribbon {
	// Bent towards the hub: what is shared meets there.
	cx, cy := (a.X+b.X+6*midX)/8, (a.Y+b.Y+6*midY)/8
	kind := "same"
	if a.Layer != b.Layer {
		kind = "cross"
	}
	width := min(1+int(math.Log10(float64(n))*1.5), 8)
	return ribbon{
		Path:  fmt.Sprintf("M%d %d Q%d %d %d %d", a.X, a.Y, cx, cy, b.X, b.Y),
		Href:  root + "/links?a=" + url.QueryEscape(a.Name) + "&b=" + url.QueryEscape(b.Name),
		Title: a.Name + " and " + b.Name + " share " + num(n),
		Class: fmt.Sprintf("ribbon %s w%d", kind, width),
	}
}
