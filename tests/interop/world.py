"""What a story needs before it can begin, and what it says about answers."""

import datetime

from client import Client


def ok(reply):
    """The body of an accepted request."""
    assert not reply.HasField("status"), reply
    return getattr(reply, reply.WhichOneof("body"))


class World:
    """A server, and a connection of the operator's to it."""

    def __init__(self, schema, port):
        self.schema = schema
        self.port = port
        self.operator = self.connect()
        self.made = 0

    def connect(self, hello=True):
        return Client(self.schema, self.port, hello)

    def name(self, name):
        """As nothing else is called, for stories share one server."""
        self.made += 1
        return f"{name} {self.made}"

    def refused(self, reply, reason, code):
        """The status of a refused request: clients switch on the reason, people read the text."""
        assert reply.HasField("status"), reply
        told = self.schema.Reason.Name(reply.status.reason), self.schema.Code.Name(
            reply.status.code)
        assert told == ("REASON_" + reason, "CODE_" + code), reply
        assert reply.status.message and reply.WhichOneof("body") is None, reply
        return reply.status

    @staticmethod
    def written(time_ms):
        """A time as messages have it."""
        at = datetime.datetime.fromtimestamp(time_ms / 1000, datetime.timezone.utc)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # ---- Making things ----

    def user(self, name, coins=0):
        made = ok(self.operator.write(create_user={"name": self.name(name)}))
        if coins:
            ok(self.credit(made.user_id, coins))
        return made.user_id

    def credit(self, user, coins):
        return self.operator.write(credit_coins={
            "user_id": user, "reason": "CREDIT_REASON_AMOUNT", "amount_coins": coins})

    def business(self, name, owners, **members):
        made = ok(self.operator.write(create_business={
            "name": self.name(name), "owner_ids": owners, **members}))
        return made.business_id

    def coupon(self, business, name, price, stock=None, **terms):
        body = {"business_id": business,
                "terms": {"name": name, "price_coins": price, **terms}}
        if stock is not None:
            body["stock"] = stock
        return ok(self.operator.write(create_coupon=body)).coupon_id

    def buy(self, user, coupon, version=1):
        return self.operator.write(acting_user=user, purchase_coupon={
            "coupon_id": coupon, "version": version})

    # ---- Asking for them ----

    def balance(self, kind, number=0):
        account = {"kind": "ACCOUNT_KIND_" + kind, "id": number}
        return ok(self.operator.call(get_balance={"account": account})).balance_coins

    def get_coupon(self, coupon, **members):
        return ok(self.operator.call(get_coupon={"coupon_id": coupon, **members})).coupon

    def edit(self, coupon, base_version, fields, user=0, **members):
        """What to send to edit terms: `fields` are values by the names of terms."""
        mask = ["TERM_FIELD_" + name.removesuffix("_coins").removesuffix("_ms").upper()
                for name in fields]
        return {"acting_user": user, "edit_coupon": {
            "coupon_id": coupon, "base_version": base_version, "fields": mask, "terms": fields,
            **members}}
