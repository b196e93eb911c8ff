package access

import (
	"net"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// BelongsTo makes a socket that ListenSocket returned another user's.
func BelongsTo(socket net.Listener, uid int) { socket.(*barring).owner = uid }

// Login is a fresh set of one-time links.
type Login struct{ links *links }

// NewLogin returns one without links.
func NewLogin() Login { return Login{newLinks()} }

// Make makes a link.
func (l Login) Make(now time.Time) string { return l.links.make(now, host.Actor{}) }

// Use tries a token: good, wrong, used, expired, too many or voided.
func (l Login) Use(token string, now time.Time) string {
	result, _ := l.links.use(token, now)
	return map[attempt]string{
		attemptGood: "good", attemptWrong: "wrong", attemptUsed: "used", attemptExpired: "expired",
		attemptTooMany: "too many", attemptVoided: "voided",
	}[result]
}
