package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish/inventory"
	"github.com/opencure/cure/internal/text"
)

type vulnAssetsCmd struct {
	Import vulnAssetsImportCmd `cmd:"" help:"Read what is installed on own assets: CycloneDX, SPDX, Trivy, Vuls."`
	List   vulnAssetsListCmd   `cmd:"" help:"Own assets with an inventory, and how much of them is affected."`
}

type vulnAssetsImportCmd struct {
	Files  []string `arg:"" type:"path" help:"Bills of materials (CycloneDX JSON or XML, SPDX JSON or tag-value), results of Trivy or Vuls (JSON)."`
	Name   string   `placeholder:"ASSET" help:"Name of the asset, for one file; default: what the file says."`
	Source string   `default:"assets/own" placeholder:"NAME" help:"Source to publish as."`
	Print  bool     `help:"Print the lines instead of publishing them; 'cure publish assets' reads them."`
}

// Help teaches by example.
func (vulnAssetsImportCmd) Help() string {
	return `Reads inventories of own assets and publishes them at a grade that no partner
ever sees. An inventory replaces the one before of the same asset and format. From
then on 'cure vuln affects' answers, and a CVE that comes to affect an asset is told
as a detection.

  cure vuln assets import shop.cdx.json
  trivy image --format json --list-all-pkgs shop:1.4 > shop.json
  cure vuln assets import shop.json --name shop
  cure vuln assets import results/current/*.json`
}

// Run imports.
func (c *vulnAssetsImportCmd) Run(e *env) error {
	if c.Name != "" && len(c.Files) > 1 {
		return cure.Errorf(cure.Invalid, "--name is for one file, not for %d", len(c.Files))
	}
	var lines []byte
	for _, name := range c.Files {
		in, err := readInventory(name, c.Name, e.now())
		if err != nil {
			return err
		}
		if lines, _, err = inventory.AppendLines(lines, in); err != nil {
			return err
		}
		left := ""
		if in.Left > 0 {
			left = fmt.Sprintf(", %d left out: without a name or a version, or no CVE", in.Left)
		}
		fmt.Fprintf(e.err, "cure: asset %s by %s: %d components, %d findings%s\n",
			text.Printable(in.Asset, 200), in.Format, len(in.Components), len(in.Findings), left)
	}
	if c.Print {
		_, err := e.out.Write(lines)
		return err
	}
	dir, err := os.MkdirTemp("", "cure-assets-")
	if err != nil {
		return cure.Errorf(cure.Unavailable, "keep the lines: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "assets.jsonl")
	if err := os.WriteFile(file, lines, 0o600); err != nil {
		return cure.Errorf(cure.Unavailable, "keep the lines: %w", err)
	}
	p := publishCmd{Publisher: "assets", Files: []string{file}, Source: c.Source}
	return p.Run(e)
}

// readInventory reads one file.
func readInventory(name, asset string, now time.Time) (*inventory.Inventory, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, cure.Errorf(cure.NotFound, "read inventory: %w", err)
	}
	defer f.Close()
	in, err := inventory.ReadFrom(f, asset, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

type vulnAssetsListCmd struct{}

// Help teaches by example.
func (vulnAssetsListCmd) Help() string {
	return `Lists the own assets whose inventory you may see, how many packages each names, and
how many CVEs are known to affect it.

  cure vuln assets list`
}

// Run lists.
func (c *vulnAssetsListCmd) Run(e *env) error {
	x, err := e.exposure("")
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(x.Assets)
	}
	if len(x.Assets) == 0 {
		return noAssets(e)
	}
	t := newGrid("asset", "inventories", "made", "#packages", "#affected by")
	for _, a := range x.Assets {
		by := map[cure.Observable]bool{}
		for _, f := range x.Affected {
			if f.Asset == a.Name && f.How != client.AffectedUnsure {
				by[f.CVE] = true
			}
		}
		t.add(text.Printable(a.Name, 80), fmt.Sprint(a.Formats), a.Made.Format(time.DateOnly), a.Packages, len(by))
	}
	t.print(e.out)
	return nil
}

func noAssets(e *env) error {
	fmt.Fprintln(e.err, "no inventory of an own asset that you may see: 'cure vuln assets import FILE'")
	return errNone
}

func (e *env) exposure(cve string) (*client.Exposure, error) {
	cl, err := e.hub()
	if err != nil {
		return nil, err
	}
	return cl.Affects(e.ctx, cve)
}

type vulnAffectsCmd struct {
	CVE    string `arg:"" optional:"" help:"Only this CVE."`
	Unsure bool   `help:"Also where versions cannot be compared."`
}

// Help teaches by example.
func (vulnAffectsCmd) Help() string {
	return `Says which own assets are affected, by a CVE or by any: the versions that
inventories name are compared with those that records of vulnerabilities say are
affected, by the rules of their ecosystem; what scanners found counts as found.

  cure vuln affects CVE-2021-44228
  cure vuln affects

Exit status: 0 something is affected, 1 nothing is.`
}

// Run asks.
func (c *vulnAffectsCmd) Run(e *env) error {
	x, err := e.exposure(c.CVE)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(x)
	}
	if len(x.Assets) == 0 {
		return noAssets(e)
	}
	t := newGrid("CVE", "asset", "package", "version", "affected", "fixed in", "how")
	n, unsure := 0, 0
	for _, a := range x.Affected {
		if a.How == client.AffectedUnsure {
			unsure++
			if !c.Unsure && c.CVE == "" {
				continue
			}
		} else {
			n++
		}
		t.add(a.CVE.Value, text.Printable(a.Asset, 60), text.Printable(a.Package, 80), text.Printable(a.Version, 60),
			text.Printable(a.Range, 60), text.Printable(a.Fixed, 60), string(a.How))
	}
	if n > 0 || unsure > 0 && (c.Unsure || c.CVE != "") {
		t.print(e.out)
	}
	if unsure > 0 {
		fmt.Fprintf(e.err, "%d unsure: the package is there, its version cannot be compared (--unsure shows them)\n", unsure)
	}
	if n == 0 {
		fmt.Fprintf(e.err, "none of %d assets with an inventory is known to be affected\n", len(x.Assets))
		return errNone
	}
	return nil
}
