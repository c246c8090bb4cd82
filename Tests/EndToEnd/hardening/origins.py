"""Web servers of three makes with one tree: a page for all, and one that nobody must see."""
import shutil
from pathlib import Path

from harness.http_client import BrokenResponse, Client
from harness.namespace import NetworkNamespace
from harness.programs import Child

SECRET = "the guarded page"
PUBLIC = "the page for all"
#: Port of each; the mesh knows them as ports of one service.
PORTS = {"apache": 8081, "nginx": 8082, "tomcat": 8083}
_TOMCAT = Path("/usr/share/tomcat10")

_APACHE = """
ServerRoot {folder}
ServerName web
PidFile {folder}/apache.pid
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
Listen {address}:{port}
User www-data
Group www-data
DocumentRoot {tree}
ErrorLog {folder}/error.log
LogLevel crit
KeepAlive On
MaxKeepAliveRequests 0
<Directory {tree}>
  Require all granted
</Directory>
"""

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
user root;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  keepalive_requests 1000000;
  server {{ listen {address}:{port}; root {tree}; }}
}}
"""

_TOMCAT_SERVER = """<Server port="-1">
  <Service name="Catalina">
    <Connector port="{port}" address="{address}" protocol="HTTP/1.1" maxKeepAliveRequests="-1" keepAliveTimeout="60000"/>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false">
        <Context path="" docBase="{tree}"/>
      </Host>
    </Engine>
  </Service>
</Server>
"""

_TOMCAT_WEB = """<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
  <servlet>
    <servlet-name>default</servlet-name>
    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
</web-app>
"""


def _apache(folder: Path, fields: dict) -> tuple:
    (folder / "apache.conf").write_text(_APACHE.format(**fields))
    return ["apache2", "-DFOREGROUND", "-f", folder / "apache.conf"], {}


def _nginx(folder: Path, fields: dict) -> tuple:
    (folder / "nginx.conf").write_text(_NGINX.format(**fields))
    return ["nginx", "-p", folder, "-c", folder / "nginx.conf"], {}


def _tomcat(folder: Path, fields: dict) -> tuple:
    for name in ("conf", "webapps", "temp", "work", "logs"):
        (folder / name).mkdir()
    (folder / "conf" / "server.xml").write_text(_TOMCAT_SERVER.format(**fields))
    (folder / "conf" / "web.xml").write_text(_TOMCAT_WEB)
    (folder / "conf" / "catalina.properties").write_text(
        "common.loader=${catalina.home}/lib/*.jar\ntomcat.util.scan.StandardJarScanFilter.jarsToSkip=*.jar\n"
    )
    jars = f"{_TOMCAT}/bin/bootstrap.jar:{_TOMCAT}/bin/tomcat-juli.jar"
    return [
        "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", jars, f"-Dcatalina.home={_TOMCAT}",
        f"-Dcatalina.base={folder}", f"-Djava.io.tmpdir={folder / 'temp'}", "org.apache.catalina.startup.Bootstrap", "start",
    ], {}  # fmt: skip


_MAKES = {"apache": _apache, "nginx": _nginx, "tomcat": _tomcat}


class Origins:
    """All of them on `address` in the namespace; `stop` ends them."""

    def __init__(self, namespace: NetworkNamespace, folder: Path, address: str):
        tree = folder / "tree"
        for name, text in (("guarded", SECRET), ("public", PUBLIC)):
            (tree / name).mkdir(parents=True)
            (tree / name / "page.html").write_text(text)
        self.children = []
        try:
            for make, prepare in _MAKES.items():
                own = folder / make
                own.mkdir()
                fields = {"folder": own, "tree": tree, "address": address, "port": PORTS[make]}
                command, environment = prepare(own, fields)
                self.children.append(Child(make, namespace.command(*command), own / "log", env=environment))
            for make, child in zip(_MAKES, self.children, strict=True):
                child.wait_until(lambda port=PORTS[make]: namespace.inside(_answers, address, port), 40, "answering")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for child in self.children:
            child.stop(2)


def _answers(address: str, port: int) -> bool:
    try:
        client = Client(address, port, seconds=5)
    except OSError:
        return False
    try:
        return client.request(b"GET /public/page.html HTTP/1.1\r\nHost: web\r\n\r\n").body == PUBLIC.encode()
    except BrokenResponse:
        return False
    finally:
        client.close()


def missing() -> list:
    """What `make setup` would install."""
    programs = [name for name in ("apache2", "nginx", "java") if shutil.which(name) is None]
    return programs + ([] if _TOMCAT.is_dir() else ["tomcat10"])
