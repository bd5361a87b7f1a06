"""The floor: ready JSON documents over Flask and SQLAlchemy Core, with no SCIM at all.

What any server on this stack costs at least. It checks nothing, journals nothing and knows no tenants; its addresses
only look like SCIM, so that one driver can drive both.
"""

import os
import re
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa
from flask import Flask, Response, request

_EQUALITY = re.compile(r'(userName|externalId) eq "([^"]+)"')
_MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')

metadata = sa.MetaData()
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("user_name", sa.String(255), nullable=False, unique=True),
    sa.Column("external_id", sa.String(255), index=True),
    sa.Column("document", sa.Text, nullable=False),
)
groups = sa.Table(
    "floor_groups", metadata, sa.Column("id", sa.String(36), primary_key=True), sa.Column("document", sa.Text)
)
members = sa.Table(
    "floor_members",
    metadata,
    sa.Column("group_id", sa.ForeignKey("floor_groups.id"), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("people.id"), primary_key=True),
)
_ONE = sa.select(people.c.document).where(people.c.id == sa.bindparam("id"))
_BY = {
    "userName": sa.select(people.c.document).where(people.c.user_name == sa.bindparam("value")),
    "externalId": sa.select(people.c.document).where(people.c.external_id == sa.bindparam("value")),
}
_TOTAL = sa.select(sa.func.count()).select_from(people)
_PAGE = sa.select(people.c.document).order_by(people.c.id).limit(sa.bindparam("count")).offset(sa.bindparam("start"))
_WRITE = sa.update(people).where(people.c.id == sa.bindparam("of")).values(document=sa.bindparam("document"))
_GROUP = sa.select(groups.c.document).where(groups.c.id == sa.bindparam("id"))
_LEAVE = sa.delete(members).where(
    members.c.group_id == sa.bindparam("group"), members.c.person_id == sa.bindparam("person")
)


def open_engine(url: str) -> sa.Engine:
    """Return an engine that is as durable as the server's."""
    engine = sa.create_engine(url, pool_size=8, max_overflow=0)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def create() -> Flask:
    """Build the floor on the database in ``FLOOR_URL``."""
    app = Flask(__name__)
    engine = open_engine(os.environ["FLOOR_URL"])
    _find_people(app, engine)
    _change_people(app, engine)
    _serve_groups(app, engine)
    return app


def _find_people(app: Flask, engine: sa.Engine) -> None:
    @app.get("/Users/<person>")
    def read(person: str) -> Response:
        with engine.connect() as connection:
            return _json(connection.execute(_ONE, {"id": person}).scalar_one())

    @app.get("/Users")
    def search() -> Response:
        with engine.connect() as connection:
            if found := _EQUALITY.fullmatch(request.args.get("filter", "")):
                documents = connection.execute(_BY[found[1]], {"value": found[2]}).scalars().all()
                return _listed(list(documents), len(documents))
            total = connection.execute(_TOTAL).scalar_one()
            page = {"count": int(request.args["count"]), "start": int(request.args["startIndex"]) - 1}
            return _listed(list(connection.execute(_PAGE, page).scalars()), total)


def _change_people(app: Flask, engine: sa.Engine) -> None:
    @app.post("/Users")
    def add() -> Response:
        row = _row(orjson.loads(request.get_data()))
        with engine.begin() as connection:
            connection.execute(sa.insert(people), row)
        return _json(row["document"], 201)

    @app.patch("/Users/<person>")
    def change(person: str) -> Response:
        operations = orjson.loads(request.get_data())["Operations"]
        with engine.begin() as connection:
            document = orjson.loads(connection.execute(_ONE, {"id": person}).scalar_one())
            document |= {operation["path"]: operation["value"] for operation in operations}
            text = orjson.dumps(document).decode()
            connection.execute(_WRITE, {"of": person, "document": text})
        return _json(text)

    @app.post("/Bulk")
    def bulk() -> Response:
        operations = orjson.loads(request.get_data())["Operations"]
        rows = [_row(operation["data"]) for operation in operations]
        with engine.begin() as connection:
            connection.execute(sa.insert(people), rows)
        done = [
            {"method": "POST", "bulkId": each["bulkId"], "location": _location(row["id"]), "status": "201"}
            for each, row in zip(operations, rows, strict=True)
        ]
        return _json(orjson.dumps({"Operations": done}))


def _serve_groups(app: Flask, engine: sa.Engine) -> None:
    @app.post("/Groups")
    def add_group() -> Response:
        body = orjson.loads(request.get_data())
        group, wanted = str(uuid4()), body.pop("members", [])
        body["id"] = group
        with engine.begin() as connection:
            connection.execute(sa.insert(groups), {"id": group, "document": orjson.dumps(body).decode()})
            if wanted:
                rows = [{"group_id": group, "person_id": member["value"]} for member in wanted]
                connection.execute(sa.insert(members), rows)
        return _json(orjson.dumps({"id": group}), 201)

    @app.get("/Groups/<group>")
    def read_group(group: str) -> Response:
        with engine.connect() as connection:
            return _json(connection.execute(_GROUP, {"id": group}).scalar_one())

    @app.patch("/Groups/<group>")
    def change_group(group: str) -> Response:
        operation = orjson.loads(request.get_data())["Operations"][0]
        with engine.begin() as connection:
            if found := _MEMBER.fullmatch(operation["path"]):
                connection.execute(_LEAVE, {"group": group, "person": found[1]})
            else:
                rows = [{"group_id": group, "person_id": member["value"]} for member in operation["value"]]
                connection.execute(sa.insert(members), rows)
        return Response(status=204)


def _row(document: dict[str, Any]) -> dict[str, Any]:
    identifier = str(uuid4())
    document |= {"id": identifier, "meta": {"resourceType": "User", "location": _location(identifier)}}
    return {
        "id": identifier,
        "user_name": document["userName"],
        "external_id": document.get("externalId"),
        "document": orjson.dumps(document).decode(),
    }


def _location(identifier: str) -> str:
    return f"{request.host_url}Users/{identifier}"


def _listed(documents: list[str], total: int) -> Response:
    return _json(f'{{"totalResults":{total},"Resources":[{",".join(documents)}]}}')


def _json(text: str | bytes, status: int = 200) -> Response:
    return Response(text, status, content_type="application/scim+json")
