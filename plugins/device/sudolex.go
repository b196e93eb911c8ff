package main

import (
	"regexp"
	"slices"
	"strings"
)

// member is one entry of a list in sudoers: a user, host, run-as user or command.
type member struct {
	not  bool
	name string
}

// lexer parses one logical line of sudoers.
type lexer struct {
	text string
	at   int
}

// logicalLines joins continued lines and removes comments. A backslash at the end of a comment has no
// effect.
func logicalLines(text string) []string {
	var lines []string
	pending := ""
	for part := range strings.SplitSeq(text, "\n") {
		part = strings.TrimSuffix(part, "\r")
		if pending == "" && includeLine.MatchString(part) {
			lines = append(lines, part)
			continue
		}
		code, isComment := cutComment(part)
		pending += code
		backslashes := len(code) - len(strings.TrimRight(code, `\`))
		if !isComment && backslashes%2 == 1 { // the last one is not escaped
			pending = pending[:len(pending)-1]
			continue
		}
		lines = append(lines, pending)
		pending = ""
	}
	if pending != "" {
		lines = append(lines, pending)
	}
	return lines
}

// cutComment removes the comment of a line. A # before a number is a user or group id.
func cutComment(line string) (code string, found bool) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '#' && !quoted && !isID(line[i+1:]):
			return line[:i], true
		}
	}
	return line, false
}

// isID reports whether the text after a # begins with a number.
func isID(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return text != "" && text[0] >= '0' && text[0] <= '9'
}

var (
	includeLine   = regexp.MustCompile(`^[ \t]*[#@](include|includedir)[ \t]+(.*)$`)
	aliasName     = regexp.MustCompile(`^[A-Z][A-Z0-9_]*`)
	commandTag    = regexp.MustCompile(`^([A-Z_]+)[ \t]*:`)
	commandOption = regexp.MustCompile(`^(ROLE|TYPE|PRIVS|LIMITPRIVS|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT|APPARMOR_PROFILE)` +
		`[ \t]*=[ \t]*("[^"]*"|(\\.|[^ \t,\\])+)`)
	commandDigest = regexp.MustCompile(`^sha(224|256|384|512)[ \t]*:[ \t]*[0-9A-Za-z+/=]+`)
)

func (l *lexer) skip() {
	for l.at < len(l.text) && (l.text[l.at] == ' ' || l.text[l.at] == '\t') {
		l.at++
	}
}

// take skips blanks and then c. It reports whether c followed.
func (l *lexer) take(c byte) bool {
	l.skip()
	if l.at < len(l.text) && l.text[l.at] == c {
		l.at++
		return true
	}
	return false
}

func (l *lexer) done() bool {
	l.skip()
	return l.at >= len(l.text)
}

// nots parses the exclamation marks before a word. Two of them cancel each other; sudo allows no blanks
// between them.
func (l *lexer) nots() (not, ok bool) {
	l.skip()
	for l.at < len(l.text) && l.text[l.at] == '!' {
		l.at++
		not = !not
	}
	l.skip()
	return not, l.at >= len(l.text) || l.text[l.at] != '!'
}

// members parses a list of words between commas. In the words of hosts a colon is part of an address.
func (l *lexer) members(hosts bool) ([]member, bool) {
	var list []member
	for {
		not, ok := l.nots()
		if !ok {
			return nil, false
		}
		name, ok := l.word(hosts)
		if !ok {
			return nil, false
		}
		list = append(list, member{not, name})
		if !l.take(',') {
			return list, true
		}
	}
}

// word parses a name, which may be in quotes or have escaped characters.
func (l *lexer) word(hosts bool) (string, bool) {
	var b strings.Builder
	if l.at < len(l.text) && l.text[l.at] == '"' {
		return l.quoted(&b)
	}
	for _, prefix := range []string{"%:", "%", "+"} {
		if strings.HasPrefix(l.text[l.at:], prefix) {
			b.WriteString(prefix)
			l.at += len(prefix)
			break
		}
	}
	begin := l.at
	for ; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		if c == '\\' && l.at+1 < len(l.text) {
			l.at++
			b.WriteByte(l.text[l.at])
			continue
		}
		if strings.IndexByte(" \t,=()!\"", c) >= 0 || c == ':' && !hosts || c == '#' && l.at > begin {
			break
		}
		b.WriteByte(c)
	}
	return b.String(), l.at > begin
}

// quoted parses a text in quotes, which may include the prefix of a group.
func (l *lexer) quoted(b *strings.Builder) (string, bool) {
	for l.at++; l.at < len(l.text); l.at++ {
		switch c := l.text[l.at]; {
		case c == '\\' && l.at+1 < len(l.text):
			l.at++
			b.WriteByte(l.text[l.at])
		case c == '"':
			l.at++
			return b.String(), b.Len() > 0
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// command is one command that a rule allows or refuses.
type command struct {
	member
	runas    []member // nil = the user in the defaults
	noTarget bool     // it runs as the user, perhaps with another group
	narrowed bool     // a digest, a time or a root directory limits it
	freely   bool     // without a password
}

// commands parses the part after the = of a rule. An option of one command applies to the following
// commands until it is set again.
func (l *lexer) commands() ([]command, bool) {
	var list []command
	var now command
	for {
		if l.take('(') && !l.runas(&now) {
			return nil, false
		}
		narrowed := l.options(&now)
		c := now
		c.narrowed = c.narrowed || narrowed
		var ok bool
		if c.not, ok = l.nots(); !ok {
			return nil, false
		}
		if c.name, ok = l.commandText(); !ok {
			return nil, false
		}
		list = append(list, c)
		if !l.take(',') {
			return list, true
		}
	}
}

// runas parses (users : groups) after its opening parenthesis.
func (l *lexer) runas(c *command) bool {
	c.runas, c.noTarget = nil, true
	l.skip()
	if l.at < len(l.text) && l.text[l.at] != ':' && l.text[l.at] != ')' {
		var ok bool
		if c.runas, ok = l.members(false); !ok {
			return false
		}
		c.noTarget = false
	}
	if l.take(':') {
		if _, ok := l.members(false); !ok {
			return false
		}
	}
	return l.take(')')
}

func commandTags() []string {
	return []string{
		"EXEC", "NOEXEC", "FOLLOW", "NOFOLLOW", "INTERCEPT", "NOINTERCEPT", "LOG_INPUT", "NOLOG_INPUT", "LOG_OUTPUT", "NOLOG_OUTPUT",
		"MAIL", "NOMAIL", "PASSWD", "NOPASSWD", "SETENV", "NOSETENV",
	}
}

// options parses the tags and options before a command. It reports whether one of them limits only this
// command.
func (l *lexer) options(c *command) (narrowed bool) {
	for {
		l.skip()
		rest := l.text[l.at:]
		if m := commandTag.FindStringSubmatch(rest); m != nil && slices.Contains(commandTags(), m[1]) {
			l.at += len(m[0])
			if strings.HasSuffix(m[1], "PASSWD") {
				c.freely = m[1] == "NOPASSWD"
			}
		} else if m := commandOption.FindStringSubmatch(rest); m != nil {
			l.at += len(m[0])
			c.narrowed = c.narrowed || m[1] == "NOTBEFORE" || m[1] == "NOTAFTER" || m[1] == "CHROOT"
		} else if m := commandDigest.FindString(rest); m != "" {
			l.at += len(m)
			l.take(',')
			narrowed = true
		} else {
			return narrowed
		}
	}
}

// commandText parses a command with its arguments.
func (l *lexer) commandText() (string, bool) {
	begin := l.at
	for ; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		if c == '\\' {
			l.at++
			continue
		}
		if strings.IndexByte(",:=#()", c) >= 0 {
			break
		}
	}
	l.at = min(l.at, len(l.text))
	text := strings.TrimSpace(l.text[begin:l.at])
	return text, text != ""
}
