package main

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

type exportCmd struct {
	STIX exportSTIXCmd `cmd:"" name:"stix" help:"As a STIX 2.1 bundle."`
}

type exportSTIXCmd struct {
	Values   []string `arg:"" optional:"" help:"A value in any spelling, several, or an expression as for search."`
	Case     string   `help:"A case instead: id of its detection or record." placeholder:"ID"`
	Campaign string   `help:"A campaign instead." placeholder:"ID"`
}

// Help teaches by example.
func (exportSTIXCmd) Help() string {
	return `Prints what your key may see as a STIX 2.1 bundle: observables, indicators with
patterns, malware, groups, techniques and vulnerabilities with what ties them.
Each object carries the TLP of what it was made from. At most 1,000 values; a
bundle that does not hold all says so in a note. Own hosts of a case are left out.

  cure export stix 198.51.100.23 > bundle.json
  cure export stix 'tag:malware:mirai source:cowrie since:7d' > bundle.json
  cure export stix --case 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e > case.json`
}

// Run prints a bundle.
func (c *exportSTIXCmd) Run(e *env) error {
	of := client.ExportOf{Query: strings.Join(c.Values, " "), Case: c.Case, Campaign: c.Campaign}
	given := 0
	for _, s := range []string{of.Query, of.Case, of.Campaign} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return cure.Errorf(cure.Invalid, "export of what? Give values, --case or --campaign, and one of these only")
	}
	if len(c.Values) == 1 {
		if o, ok := single(c.Values[0]); ok {
			of.Query, of.Observable = "", o
		}
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	return cl.ExportSTIX(e.ctx, of, e.out)
}
