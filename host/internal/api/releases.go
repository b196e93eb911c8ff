package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerReleases lists the operations on releases of connectors.
func (s *Server) registerReleases() {
	operation(s, http.MethodPost, pathOffers, "offer-release", "Look at a release without installing it", 200, s.offerRelease)
	operation(s, http.MethodGet, pathUpdates, "list-updates", "Releases that are newer than what is installed", 200, s.updates)
	operation(s, http.MethodPost, pathReleases, "install-release", "Begin to install or update a connector", 202, s.installRelease)
	operation(s, http.MethodDelete, pathConnector, "remove-connector", "Remove an installed connector", 204, s.removeConnector)
	operation(s, http.MethodPost, pathRollback, "roll-back-connector", "Bring back the version before the current one", 200, s.rollBack)
	operation(s, http.MethodPut, pathTrust, "trust-connector", "Trust exactly the program that this connector is now", 200, s.trust)
	operation(s, http.MethodDelete, pathTrust, "untrust-connector", "Take back that programs of this connector are trusted", 200, s.untrust)
}

func (s *Server) offerRelease(ctx context.Context, in *struct{ Body app.ReleaseRequest }) (*output[host.Offer], error) {
	return one(s.app.OfferRelease(ctx, in.Body))
}

type updatesInput struct {
	Connector string `query:"connector" doc:"Id; empty for all"`
}

func (s *Server) updates(ctx context.Context, in *updatesInput) (*output[Items[host.Offer]], error) {
	offers, err := s.app.Updates(ctx, in.Connector)
	return list(offers, "", err)
}

func (s *Server) installRelease(ctx context.Context, in *struct{ Body app.ReleaseRequest }) (*output[host.Task], error) {
	return one(s.app.InstallRelease(ctx, in.Body))
}

func (s *Server) removeConnector(ctx context.Context, in *IDParam) (*struct{}, error) {
	if err := s.app.RemoveConnector(ctx, in.ID); err != nil {
		return nil, asError(err)
	}
	return nil, nil
}

func (s *Server) rollBack(ctx context.Context, in *IDParam) (*output[host.Connector], error) {
	return one(s.app.RollBack(ctx, in.ID))
}

type trustInput struct {
	IDParam
	Body struct {
		SHA256 string `json:"sha256,omitempty" doc:"Refuse when the program is another by now"`
	} `required:"false"`
}

func (s *Server) trust(ctx context.Context, in *trustInput) (*output[host.Connector], error) {
	return one(s.app.TrustConnector(ctx, in.ID, in.Body.SHA256))
}

func (s *Server) untrust(ctx context.Context, in *IDParam) (*output[host.Connector], error) {
	return one(s.app.UntrustConnector(ctx, in.ID))
}
