package observe

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"
)

// windowsXML is an event as Windows writes it (System, EventData), or as
// PowerShell's ConvertTo-Xml writes an object (Property).
type windowsXML struct {
	System struct {
		Provider struct {
			Name string `xml:"Name,attr"`
		} `xml:"Provider"`
		EventID     string `xml:"EventID"`
		Channel     string `xml:"Channel"`
		Computer    string `xml:"Computer"`
		TimeCreated struct {
			SystemTime string `xml:"SystemTime,attr"`
		} `xml:"TimeCreated"`
	} `xml:"System"`
	EventData struct {
		Data []namedText `xml:"Data"`
	} `xml:"EventData"`
	Property []namedText `xml:"Property"`
}

type namedText struct {
	Name  string `xml:"Name,attr" json:"@Name"`
	Value string `xml:",chardata" json:"#text"`
}

// keepText keeps a text under a name.
func (f fields) keepText(name, v string) {
	if v = strings.ToValidUTF8(strings.TrimSpace(v), "\uFFFD"); v != "" && len(v) <= maxFieldText && len(f) < maxFields {
		f[name] = []string{v}
	}
}

func readXML(raw []byte) (fields, error) {
	var e windowsXML
	if err := xml.Unmarshal(raw, &e); err != nil {
		return nil, errXML
	}
	in := fields{}
	for _, d := range e.EventData.Data {
		in.keepText(d.Name, d.Value)
	}
	for _, p := range e.Property {
		switch p.Name {
		case "Id":
			in.keepText("EventID", p.Value)
		case "MachineName":
			in.keepText("Computer", p.Value)
		case "ProviderName":
			in.keepText(p.Name, p.Value)
		case "Message":
			in.message(p.Value)
		}
	}
	in.keepText("EventID", e.System.EventID)
	in.keepText("Computer", e.System.Computer)
	in.keepText("SystemTime", e.System.TimeCreated.SystemTime)
	in.keepText("ProviderName", e.System.Provider.Name)
	in.keepText("Channel", e.System.Channel)
	return in, nil
}

// message reads the text that Windows makes of an event of Sysmon: a heading,
// then lines "Name: value".
func (f fields) message(text string) {
	for line := range strings.Lines(text) {
		if name, v, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.ContainsAny(name, " .:") {
			f.keepText(name, v)
		}
	}
}

// exported is what tools for .evtx files write that keep the event's data as a
// text: PowerShell's ConvertTo-Json (Message), EvtxECmd (Payload).
type exported struct {
	ID          json.Number `json:"Id"`
	EventID     json.Number `json:"EventId"`
	MachineName string
	Message     string
	Payload     string
}

// unfold adds the event's data of an export that keeps it as a text. Other
// records stay as they are.
func (f fields) unfold(raw []byte) {
	if f.first("ProviderName Provider") == "" || f.first("Id EventId") == "" {
		return
	}
	var e exported
	if json.Unmarshal(raw, &e) != nil {
		return
	}
	f.keepText("EventID", e.ID.String()+e.EventID.String())
	f.keepText("Computer", e.MachineName+f.first("Computer"))
	f.message(e.Message)
	var p struct {
		EventData struct{ Data []namedText }
	}
	if e.Payload != "" && json.Unmarshal([]byte(e.Payload), &p) == nil {
		for _, d := range p.EventData.Data {
			f.keepText(d.Name, d.Value)
		}
	}
}

// ofSysmon reports whether an event with a number is one of Sysmon, where it
// says whose it is: others use the same numbers for something else.
func ofSysmon(in fields) bool {
	whose := in.all("ProviderName Provider SourceName Channel winlog.channel winlog.provider_name Event.System.Channel System.Channel")
	return len(whose) == 0 || strings.Contains(strings.ToLower(strings.Join(whose, " ")), "sysmon")
}

// counted is a line that evtx_dump writes between events.
var counted = regexp.MustCompile(`^Record [0-9]+$`)

// withinSyslog cuts what stands before an event that was logged by syslog, as
// Sysmon for Linux does.
func withinSyslog(raw []byte) []byte {
	if i := bytes.Index(raw, []byte(": <Event>")); i >= 0 && raw[0] != '<' && raw[0] != '{' {
		return raw[i+2:]
	}
	return raw
}
