"""Routes of the auth app."""

from __future__ import annotations

from django.urls import path

from apps.auth.views.api_keys import ApiKeysView, ApiKeyView
from apps.auth.views.invitations import AcceptInvitationView, InvitationsView, InvitationView
from apps.auth.views.keys import KeysView
from apps.auth.views.me import MeView, MyCompaniesView
from apps.auth.views.members import MembersView, MemberView
from apps.auth.views.mfa import ConfirmMfaView, DisableMfaView, EnrolMfaView
from apps.auth.views.passwords import ChangePasswordView, ForgotPasswordView, ResetPasswordView
from apps.auth.views.sessions import LogoutAllView, MySessionsView, MySessionView
from apps.auth.views.signin import LoginView, LogoutView, RefreshView, SignupView, SwitchView

api = [
    path("auth/signup", SignupView.as_view(), name="auth-signup"),
    path("auth/login", LoginView.as_view(), name="auth-login"),
    path("auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", LogoutView.as_view(), name="auth-logout"),
    path("auth/logout-all", LogoutAllView.as_view(), name="auth-logout-all"),
    path("auth/switch", SwitchView.as_view(), name="auth-switch"),
    path("auth/password:change", ChangePasswordView.as_view(), name="auth-password-change"),
    path("auth/password:forgot", ForgotPasswordView.as_view(), name="auth-password-forgot"),
    path("auth/password:reset", ResetPasswordView.as_view(), name="auth-password-reset"),
    path("auth/mfa:enrol", EnrolMfaView.as_view(), name="auth-mfa-enrol"),
    path("auth/mfa:confirm", ConfirmMfaView.as_view(), name="auth-mfa-confirm"),
    path("auth/mfa:disable", DisableMfaView.as_view(), name="auth-mfa-disable"),
    path("me", MeView.as_view(), name="me"),
    path("me/companies", MyCompaniesView.as_view(), name="me-companies"),
    path("me/sessions", MySessionsView.as_view(), name="me-sessions"),
    path("me/sessions/<oid:session_id>", MySessionView.as_view(), name="me-session"),
    path("members", MembersView.as_view(), name="members"),
    path("members/<oid:member_id>", MemberView.as_view(), name="member"),
    path("invitations", InvitationsView.as_view(), name="invitations"),
    path("invitations/<oid:invitation_id>", InvitationView.as_view(), name="invitation"),
    path("api-keys", ApiKeysView.as_view(), name="api-keys"),
    path("api-keys/<oid:key_id>", ApiKeyView.as_view(), name="api-key"),
    path("invitations:accept", AcceptInvitationView.as_view(), name="invitations-accept"),
]

platform = [path(".well-known/jwks.json", KeysView.as_view(), name="jwks")]
