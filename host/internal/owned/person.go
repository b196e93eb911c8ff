package owned

import (
	"os/user"
	"strconv"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Person returns the person of a user id. Auth says how the id is known. Where users have
// no number, uid is -1, the user of this process.
func Person(uid int, auth string) host.Actor {
	actor := host.Actor{Kind: host.ActorPerson, ID: strconv.Itoa(uid), Auth: auth}
	found, err := user.LookupId(actor.ID)
	if uid < 0 {
		if found, err = user.Current(); err == nil {
			actor.ID = found.Uid
		}
	}
	if err == nil && display.Visible(found.Username) == found.Username {
		actor.Name = found.Username
	}
	return actor
}
