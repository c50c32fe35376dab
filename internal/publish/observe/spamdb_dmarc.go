package observe

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html/charset"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Bounds of a report. It is small XML; what is larger is not one.
const (
	maxReport      = 16 << 20
	maxReportRows  = 10_000
	maxReportDepth = 64 // of elements around a row; the reader keeps their names
)

var errNoReport = errors.New("not a DMARC aggregate report")

// dmarcRow is a record of a report (RFC 7489, appendix C).
type dmarcRow struct {
	Source      string `xml:"row>source_ip"`
	Count       uint32 `xml:"row>count"`
	Disposition string `xml:"row>policy_evaluated>disposition"`
	DKIM        string `xml:"row>policy_evaluated>dkim"`
	SPF         string `xml:"row>policy_evaluated>spf"`
	HeaderFrom  string `xml:"identifiers>header_from"`
	Envelope    string `xml:"identifiers>envelope_from"`
}

type dmarcMeta struct {
	Org   string `xml:"org_name"`
	ID    string `xml:"report_id"`
	Begin int64  `xml:"date_range>begin"`
	End   int64  `xml:"date_range>end"`
}

// report reads an aggregate report, an event for each row of which both checks
// failed. A report that is cut gives the rows before the cut.
func (d *spamdb) report(raw []byte, emit func(*publish.Event)) error {
	text, err := unpackReport(raw)
	if err != nil {
		return errNoReport
	}
	x := xml.NewDecoder(io.LimitReader(text, maxReport))
	x.CharsetReader = charset.NewReaderLabel
	var meta dmarcMeta
	for rows, depth := 0, 0; rows < maxReportRows; {
		token, err := x.Token()
		if err != nil || depth > maxReportDepth {
			if rows == 0 {
				return errNoReport
			}
			return nil
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			if _, ends := token.(xml.EndElement); ends {
				depth--
			}
			continue
		}
		switch start.Name.Local {
		case "report_metadata":
			if x.DecodeElement(&meta, &start) != nil || meta.End == 0 {
				return errNoReport
			}
		case "record":
			var row dmarcRow
			if x.DecodeElement(&row, &start) != nil || meta.End == 0 {
				if rows > 0 {
					return nil
				}
				return errNoReport
			}
			rows++
			d.row(&meta, &row, emit)
		default:
			depth++
		}
	}
	return nil
}

// unpackReport takes off what reports are packed in. Only the first file of an
// archive is read, and no archive inside it.
func unpackReport(raw []byte) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(raw, []byte{0x1f, 0x8b}):
		return gzip.NewReader(bytes.NewReader(raw))
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(raw[:min(len(raw), maxReport)]), int64(min(len(raw), maxReport)))
		if err != nil || len(z.File) == 0 {
			return nil, errNoReport
		}
		return z.File[0].Open()
	}
	return bytes.NewReader(raw), nil
}

// row says who sent in whose name.
func (d *spamdb) row(meta *dmarcMeta, row *dmarcRow, emit func(*publish.Event)) {
	if row.DKIM == "pass" || row.SPF == "pass" {
		return
	}
	ev := d.begin(spamReport, time.Unix(meta.End, 0).UTC(), "")
	role := cure.RoleUnknown // a mailing list fails like a forger
	if row.Disposition == "reject" || row.Disposition == "quarantine" {
		role = cure.RoleSender
	}
	if !observe(ev, cure.KindIP, strings.TrimSpace(row.Source), role) || !observe(ev, cure.KindDomain, strings.TrimSpace(row.HeaderFrom), cure.RoleSpoofed) {
		return
	}
	domain := ev.Observations[len(ev.Observations)-1].Observable
	for i := range ev.Observations {
		o := &ev.Observations[i]
		o.First, o.Last, o.Count = time.Unix(min(meta.Begin, meta.End), 0).UTC(), ev.Time, row.Count
	}
	if d.own.Has(domain) {
		attr(ev, "forged", "own domain")
	}
	attr(ev, "what", spamReport)
	attr(ev, "reporter", strings.ToValidUTF8(meta.Org, ""))
	attr(ev, "disposition", row.Disposition)
	ev.Raw = []byte(strings.ToValidUTF8(strings.Join([]string{meta.Org, meta.ID, row.Source, row.HeaderFrom, row.Disposition, strconv.FormatUint(uint64(row.Count), 10)}, " "), ""))
	emit(ev)
}
