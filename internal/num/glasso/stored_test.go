package glasso

import (
	"encoding/csv"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of testdata")

// stored are the tables that an independent solver has solved.
var stored = []struct {
	name string
	p    int
	sync bool
}{{"quiet24", 24, false}, {"sync40", 40, true}, {"quiet300", 300, false}, {"sync300", 300, true}}

// TestStored compares with R's glasso: edges within 0.5 %, entry by entry for
// the small tables, and the optimality of what we found by itself.
func TestStored(t *testing.T) {
	edges := map[string]int{}
	for _, row := range readCSV(t, "edges.csv")[1:] {
		edges[row[0]+" "+row[1]] = atoi(t, row[2])
	}
	for _, c := range stored {
		t.Run(c.name, func(t *testing.T) {
			if *update {
				writeCounts(t, filepath.Join("testdata", c.name+".csv"), windowCounts(c.p, c.sync, 216))
				return // R has to say what is right
			}
			table, err := Collapse(logCounts(readCounts(t, c.name+".csv")))
			if err != nil {
				t.Fatal(err)
			}
			fits, err := Path(table.Problem(), sixPenalties, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fits {
				want := edges[c.name+" "+strconv.FormatFloat(f.Rho, 'g', -1, 64)]
				if off := math.Abs(float64(f.Edges - want)); want == 0 || off > 0.005*float64(want)+0.5 {
					t.Errorf("rho %v: %d edges, R has %d", f.Rho, f.Edges, want)
				}
				if !f.Converged || f.Residual > 1e-3 {
					t.Errorf("rho %v: converged %v, residual %v", f.Rho, f.Converged, f.Residual)
				}
			}
			optimal(t, table, fits)
			if c.p < 100 {
				entries(t, c.name, table, c.p)
			}
		})
	}
}

// optimal checks Θ of the whole table against conditions that do not know how
// it was found.
func optimal(t *testing.T, table Table, fits []Fit) {
	t.Helper()
	p := len(table.Of)
	s := wholeCovariance(table)
	for _, f := range fits {
		gap, err := KKT(s, f.Dense(table.Of), p, f.Rho)
		if err != nil || !(gap < 1e-3) {
			t.Errorf("rho %v: optimality is broken by %v, error %v", f.Rho, gap, err)
		}
	}
}

func wholeCovariance(table Table) []float64 {
	p, d, g := len(table.Of), len(table.Column), table.Problem()
	s := make([]float64, p*p)
	for i, k := range table.Of {
		for j, l := range table.Of {
			s[i*p+j] = g.S[k*d+l]
		}
	}
	return s
}

// entries compares Θ with R's, entry by entry.
func entries(t *testing.T, name string, table Table, p int) {
	t.Helper()
	fits, err := Path(table.Problem(), sixPenalties, Options{Tolerance: 1e-8, Sweeps: 5000})
	if err != nil {
		t.Fatal(err)
	}
	want := map[float64][]float64{}
	for _, row := range readCSV(t, name+".r.csv")[1:] {
		rho := atof(t, row[0])
		if want[rho] == nil {
			want[rho] = make([]float64, p*p)
		}
		i, j := atoi(t, row[1]), atoi(t, row[2])
		want[rho][i*p+j], want[rho][j*p+i] = atof(t, row[3]), atof(t, row[3])
	}
	for _, f := range fits {
		got := f.Dense(table.Of)
		if want[f.Rho] == nil {
			t.Fatalf("rho %v: R's entries are missing", f.Rho)
		}
		worst := 0.0
		for i := range got {
			worst = max(worst, math.Abs(got[i]-want[f.Rho][i]))
		}
		if worst > 1e-5 {
			t.Errorf("rho %v: an entry is %v away from R's", f.Rho, worst)
		}
	}
}

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows
}

// readCounts reads a table of bins by hosts, as hosts by bins.
func readCounts(t *testing.T, name string) [][]int {
	t.Helper()
	rows := readCSV(t, name)
	out := make([][]int, len(rows[0]))
	for i := range out {
		for _, row := range rows {
			out[i] = append(out[i], atoi(t, row[i]))
		}
	}
	return out
}

func writeCounts(t testing.TB, name string, counts [][]int) {
	t.Helper()
	var b strings.Builder
	for bin := range counts[0] {
		for i, c := range counts {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(c[bin]))
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func atof(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
