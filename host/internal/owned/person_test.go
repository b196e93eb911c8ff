package owned_test

import (
	"os"
	"os/user"
	"strconv"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

func TestPersonIsAUserOfThisMachine(t *testing.T) {
	t.Parallel()
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[int]host.Actor{
		os.Geteuid(): {Kind: host.ActorPerson, ID: self.Uid, Name: self.Username, Auth: host.AuthLocal},
		-1:           {Kind: host.ActorPerson, ID: self.Uid, Name: self.Username, Auth: host.AuthLocal},
		1 << 30:      {Kind: host.ActorPerson, ID: strconv.Itoa(1 << 30), Auth: host.AuthLocal},
	} {
		if got := owned.Person(uid, host.AuthLocal); got != want || got.Validate() != nil {
			t.Errorf("user %d is %+v, want %+v", uid, got, want)
		}
	}
}
