package observe

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure/internal/publish"
)

// Dionaea writes lists nested, [{"a": 1, "b": 2}], or flat, {"a": [1], "b": [2]}.

type dionaeaPair struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type dionaeaPairs struct {
	Username []string `json:"username"`
	Password []string `json:"password"`
}

type dionaeaCommand struct {
	Command   string         `json:"command"`
	Arguments jsontext.Value `json:"arguments"`
}

type dionaeaCommands struct {
	Command   []string         `json:"command"`
	Arguments []jsontext.Value `json:"arguments"`
}

// unreadable stands for a list that has neither form.
var unreadable = jsontext.Value(`"unreadable"`)

// maxShown bounds the pairs and commands that become attributes; all are in
// the raw text.
const maxShown = 64

// readCredentials reads what was tried to log in and masks it.
func (d *dionaea) readCredentials() {
	var masked any
	if d.credentials.value.Kind() == '[' {
		var pairs []dionaeaPair
		if json.Unmarshal(d.credentials.value, &pairs, lenientList) == nil {
			for i := range pairs {
				d.credential(i, &pairs[i].Username, &pairs[i].Password)
			}
			masked = pairs
		}
	} else {
		var pairs dionaeaPairs
		if json.Unmarshal(d.credentials.value, &pairs, lenientList) == nil {
			for i := range max(len(pairs.Username), len(pairs.Password)) {
				d.credential(i, nth(pairs.Username, i), nth(pairs.Password, i))
			}
			masked = pairs
		}
	}
	d.replace(d.credentials, marshal(masked))
}

var lenientList = json.JoinOptions(lenient...)

func nth(list []string, i int) *string {
	if i < len(list) {
		return &list[i]
	}
	return new(string)
}

// credential masks a pair in place.
func (d *dionaea) credential(i int, user, password *string) {
	if !publish.KnownUser(*user) {
		*user = d.names.Secret(*user)
	}
	if !publish.KnownPassword(*password) {
		*password = d.names.Secret(*password)
	}
	if i < maxShown {
		attr(&d.ev, "login", *user+"/"+*password)
	}
}

// readFTP reads the commands of an FTP session; USER and PASS hold
// credentials.
func (d *dionaea) readFTP() {
	var list field
	_ = d.inner.each(d.ftp.value, func(f field) {
		if string(f.name) == "commands" {
			list = f
		}
	})
	if list.value == nil {
		return
	}
	list.start, list.end = d.ftp.start+list.start, d.ftp.start+list.end
	var masked any
	if list.value.Kind() == '[' {
		var commands []dionaeaCommand
		if json.Unmarshal(list.value, &commands, lenientList) == nil {
			for i := range commands {
				c := &commands[i]
				c.Arguments = d.ftpCommand(i, c.Command, c.Arguments)
			}
			masked = commands
		}
	} else {
		var commands dionaeaCommands
		if json.Unmarshal(list.value, &commands, lenientList) == nil {
			for i := range commands.Arguments {
				commands.Arguments[i] = d.ftpCommand(i, *nth(commands.Command, i), commands.Arguments[i])
			}
			masked = commands
		}
	}
	d.replace(list, marshal(masked))
}

// ftpCommand returns the arguments of a command, masked.
func (d *dionaea) ftpCommand(i int, command string, args jsontext.Value) jsontext.Value {
	text := d.inner.text(args)
	if args.Kind() == '[' {
		var list []string
		if json.Unmarshal(args, &list, lenientList) != nil {
			return unreadable
		}
		text = strings.Join(list, " ")
	}
	shown := text
	switch strings.ToUpper(command) {
	case "USER":
		if !publish.KnownUser(text) {
			shown = d.names.Secret(text)
		}
	case "PASS":
		if !publish.KnownPassword(text) {
			shown = d.names.Secret(text)
		}
	case "":
		shown = d.names.Secret(text) // a list without its half: nobody knows what this is
	}
	if i < maxShown {
		attr(&d.ev, "ftp", strings.TrimSpace(command+" "+shown))
	}
	if shown == text {
		return args
	}
	return marshal(shown)
}

// marshal writes a masked list; what could not be read is not kept.
func marshal(v any) jsontext.Value {
	if v == nil {
		return unreadable
	}
	b, err := json.Marshal(v, lenientList)
	if err != nil {
		return unreadable
	}
	return b
}
