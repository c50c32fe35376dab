package shell

import (
	"regexp"
	"strings"
	"time"
)

// prompt is how a shell asks.
type prompt struct {
	may  func(s string) bool // cheap: whether a line can be one
	line *regexp.Regexp      // groups: user and host, where it names them, and what was typed
}

func asks(may func(s string) bool, line string) prompt { return prompt{may, regexp.MustCompile(line)} }

// names reports whether a line may begin with user@host.
func names(s string) bool {
	i := strings.IndexByte(s[:min(len(s), 128)], '@')
	return i > 0 && strings.IndexByte(s[:i], '/') < 0
}

func begins(with ...string) func(string) bool {
	return func(s string) bool {
		for _, w := range with {
			if strings.HasPrefix(s, w) {
				return true
			}
		}
		return false
	}
}

// prompts are those that say more than one sign.
var prompts = []prompt{
	asks(names, `^(?:\([\w.-]+\) ?)?([A-Za-z_][\w.-]*)@([A-Za-z0-9][\w-]*)(?:\.[\w.-]+)?[: ][~/][^\s#$]* ?[#$%](?: (.*))?$`),
	asks(names, `^(?:\([\w.-]+\) ?)?\[([A-Za-z_][\w.-]*)@([A-Za-z0-9][\w-]*)(?:\.[\w.-]+)? [^\]]+\][#$%](?: (.*))?$`),
	asks(names, `^([A-Za-z_][\w.-]*)@([A-Za-z0-9][\w-]*)(?:\.[\w.-]+)? [^\s#$%]+ %(?: (.*))?$`),
	asks(begins("bash-", "sh-", "dash-", "ash-", "ksh-", "zsh-"), `^()()[a-z]+-\d[\w.]*[#$](?: (.*))?$`),
	asks(begins("/", "~"), `^()()[~/][^\s#$]* [#$](?: (.*))?$`),
	asks(begins("PS "), `^()()PS (?:[A-Za-z][\w.]*:|/|\\\\)[^>]*>(.*)$`),
	asks(func(s string) bool { return len(s) > 3 && s[1] == ':' && s[2] == '\\' }, `^()()[A-Za-z]:\\[^<>:"|?*]*>(.*)$`),
	asks(begins("└─"), `^()()└─[#$] ?(.*)$`),
	asks(begins("❯", "λ", "➜"), `^()()(?:❯|λ|➜ {1,2}\S+(?: git:\(\S+\))?(?: ✗)?) (.*)$`),
}

// kali is the line before a prompt of two lines.
var kali = regexp.MustCompile(`^┌──\(([A-Za-z_][\w.-]*)[@㉿💀]([A-Za-z0-9][\w-]*)\)`)

// bare is the prompt of a shell that knows no name: any text may begin so.
var bare = regexp.MustCompile(`^[#$%] (.*)$`)

// openers are programs that may ask with a bare prompt afterwards.
var openers = regexp.MustCompile(`(?:^|[\s;|&/])(?:sh|bash|dash|ash|zsh|ksh|su|sudo|python[\d.]*|perl|nc|ncat|socat|ssh|busybox|chroot|nsenter|docker|script)(?:$|[\s;])|^\./`)

const (
	maxText  = 8 << 10 // bytes of a command
	maxParts = 200     // lines of one
)

// reader turns what terminals showed into commands.
type reader struct {
	say  func(Command)
	at   time.Time // of the bytes that are being read
	now  string    // or their local time
	host string
	user string

	screen *screen
	input  *typed
	asked  bool   // a prompt with a name was seen
	opened bool   // the last command may have opened a shell with another prompt
	last   string // command that may go on in the next line
	parts  int
	when   Command // of last
	said   int
}

// shows begins a terminal of that width, 0 where nobody knows.
func (r *reader) shows(width int) {
	if width < 0 || width > maxWidth {
		width = 0
	}
	if r.screen == nil {
		r.screen = &screen{out: r.shown}
	}
	r.screen.width = width
}

// output takes what the terminal was told at the present time.
func (r *reader) output(b []byte) {
	if r.screen == nil {
		r.shows(0)
	}
	r.screen.write(b)
}

// keys takes what was typed.
func (r *reader) keys(b []byte) {
	if r.input == nil {
		r.input = &typed{}
	}
	r.input.write(b, r.at, r.now)
}

// shown takes a line that the terminal has left.
func (r *reader) shown(line []rune) {
	s := strings.TrimRight(string(line), " ")
	if r.last != "" && strings.HasPrefix(s, ">") && r.parts < maxParts && unfinished(r.last) {
		if r.parts++; len(r.last) > maxText {
			return
		}
		r.last += "\n" + strings.TrimPrefix(s[1:], " ")
		return
	}
	if strings.HasPrefix(s, "┌──") {
		if m := kali.FindStringSubmatch(s); m != nil {
			r.name(m[1], m[2])
			return
		}
	}
	if command, ok := r.prompted(s); ok {
		r.flush()
		if strings.HasSuffix(command, "^C") || strings.TrimSpace(command) == "" {
			return
		}
		r.opened = openers.MatchString(command)
		r.last, r.parts = strings.TrimSpace(command), 0
		r.when = Command{Time: r.at, Local: r.now}
		if !unfinished(r.last) {
			r.flush()
		}
		return
	}
	r.flush()
}

// prompted returns what stands behind the prompt of a line.
func (r *reader) prompted(s string) (string, bool) {
	if len(s) > 4*maxLine || s == "" {
		return "", false
	}
	for _, p := range prompts {
		if !p.may(s) {
			continue
		}
		if m := p.line.FindStringSubmatch(s); m != nil {
			r.name(m[1], m[2])
			r.asked, r.opened = true, false
			return m[3], true
		}
	}
	if m := bare.FindStringSubmatch(s); m != nil && (!r.asked || r.opened) {
		return m[1], true
	}
	return "", false
}

// name takes user and host of the first prompt, which stands there before
// anybody typed: those of later ones are the attacker's to choose.
func (r *reader) name(user, host string) {
	if r.asked {
		return
	}
	if r.host == "" {
		r.host = host
	}
	if r.user == "" {
		r.user = user
	}
}

// flush says the command that was read last.
func (r *reader) flush() {
	if r.last == "" {
		return
	}
	c := r.when
	c.Text, c.Host, c.User = cut(r.last), r.host, r.user
	r.last = ""
	r.said++
	r.say(c)
}

// finish says what is left. Where no prompt was seen, what was typed counts as it is.
func (r *reader) finish(err error) error {
	r.flush()
	if r.said == 0 && r.input != nil {
		for _, c := range r.input.end() {
			r.last, r.when = c.Text, c
			r.flush()
		}
	}
	if err == nil && r.said == 0 && r.screen != nil && r.screen.seen {
		err = errNoCommand
	}
	return err
}

// unfinished reports whether a shell asks for more after that text.
func unfinished(s string) bool {
	if strings.HasSuffix(s, `\`) || strings.HasSuffix(s, "|") || strings.HasSuffix(s, "&&") || strings.Contains(s, "<<") {
		return true
	}
	for _, loop := range []string{"for ", "while ", "if ", "until ", "case "} {
		if strings.HasPrefix(s, loop) && !strings.HasSuffix(s, "done") && !strings.HasSuffix(s, "fi") && !strings.HasSuffix(s, "esac") {
			return true
		}
	}
	var quote rune
	escaped := false
	for _, c := range s {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}

// cut bounds a text between characters.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}
