package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// registerReleases lists the operations on releases of connectors.
func (s *Server) registerReleases() {
	operation(s, http.MethodPost, route.Offers, "offer-release", "Look at a release without installing it", 200, byBody(s.app.OfferRelease))
	operation(s, http.MethodGet, route.Updates, "list-updates", "Releases that are newer than what is installed", 200, s.updates)
	operation(s, http.MethodPost, route.Releases, "install-release", "Begin to install or update a connector", 202,
		byBody(s.app.InstallRelease))
	operation(s, http.MethodDelete, route.Connector, "remove-connector", "Remove an installed connector", 204, removes(s.app.RemoveConnector))
	operation(s, http.MethodPost, route.Rollback, "roll-back-connector",
		"Bring back the version before the current one", 200, byID(s.app.RollBack))
	operation(s, http.MethodPut, route.Trust, "trust-connector", "Trust exactly the program that this connector is now", 200, s.trust)
	operation(s, http.MethodDelete, route.Trust, "untrust-connector",
		"Take back that programs of this connector are trusted", 200, byID(s.app.UntrustConnector))
}

// UpdatesInput is what list-updates takes.
type UpdatesInput struct {
	Connector string `query:"connector" doc:"Id; empty for all"`
}

func (s *Server) updates(ctx context.Context, in *UpdatesInput) (*output[Items[offer.Offer]], error) {
	offers, err := s.app.Updates(ctx, in.Connector)
	return list(offers, "", err)
}

// TrustInput is what trust-connector takes.
type TrustInput struct {
	IDParam
	Body struct {
		SHA256 string `json:"sha256,omitempty" doc:"Refuse when the program is another by now"`
	} `required:"false"`
}

func (s *Server) trust(ctx context.Context, in *TrustInput) (*output[host.Connector], error) {
	return one(s.app.TrustConnector(ctx, in.ID, in.Body.SHA256))
}
