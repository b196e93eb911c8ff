package service

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const label = "dev.plumbline.agent"

// launchd looks after an agent of the person who is logged in.
type launchd struct {
	home   string
	domain string // of this user, such as gui/501
	run    runner
}

func (l *launchd) file() string {
	return filepath.Join(l.home, "Library", "LaunchAgents", label+".plist")
}

func (l *launchd) install(ctx context.Context, agent Agent) (did []string, err error) {
	logs := filepath.Join(l.home, "Library", "Logs", "Plumbline")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, fmt.Errorf("create directory of logs: %w", err)
	}
	changed, err := write(l.file(), plist(agent, logs))
	if err != nil {
		return nil, err
	}
	if changed {
		did = append(did, "wrote "+l.file())
	}
	if l.isLoaded(ctx) {
		if !changed {
			return did, nil
		}
		if _, err := l.run(ctx, "launchctl", "bootout", l.domain+"/"+label); err != nil {
			return did, fmt.Errorf("stop service: %w", err)
		}
	}
	if _, err := l.run(ctx, "launchctl", "bootstrap", l.domain, l.file()); err != nil {
		return did, fmt.Errorf("start service: %w", err)
	}
	return append(did, "started the agent, which starts again at login"), nil
}

func (l *launchd) remove(ctx context.Context) (did []string, err error) {
	if l.isLoaded(ctx) {
		if _, err := l.run(ctx, "launchctl", "bootout", l.domain+"/"+label); err != nil {
			return nil, fmt.Errorf("stop service: %w", err)
		}
		did = append(did, "stopped the agent")
	}
	was, err := erase(l.file())
	if was {
		did = append(did, "removed "+l.file())
	}
	return did, err
}

func (l *launchd) state(ctx context.Context) (State, error) {
	state := State{Name: label, Running: l.isRunning(ctx)}
	if _, err := os.Stat(l.file()); err == nil {
		state.File, state.Installed = l.file(), true
	}
	return state, nil
}

func (l *launchd) isLoaded(ctx context.Context) bool {
	_, err := l.run(ctx, "launchctl", "print", l.domain+"/"+label)
	return err == nil
}

func (l *launchd) isRunning(ctx context.Context) bool {
	said, err := l.run(ctx, "launchctl", "print", l.domain+"/"+label)
	return err == nil && strings.Contains(said, "state = running")
}

// plist describes an agent to launchd. It is started again when it fails, not when its
// configuration is wrong or another process owns the data: it then ends with a code, so
// launchd waits a minute between two starts.
func plist(agent Agent, logs string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ` + mark + "; `plumbline service remove` removes it. -->\n" + `<plist version="1.0">
<dict>
	<key>Label</key><string>` + label + `</string>
	<key>ProgramArguments</key>
	<array>
`)
	for _, word := range agent.command() {
		fmt.Fprintf(&b, "\t\t<string>%s</string>\n", escaped(word))
	}
	fmt.Fprintf(&b, `	</array>
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
	<key>ThrottleInterval</key><integer>60</integer>
	<key>ExitTimeOut</key><integer>600</integer>
	<key>ProcessType</key><string>Background</string>
	<key>Umask</key><integer>63</integer>
	<key>StandardErrorPath</key><string>%s</string>
</dict>
</plist>
`, escaped(filepath.Join(logs, "agent.log")))
	return b.Bytes()
}

func escaped(text string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
