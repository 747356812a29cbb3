// Runs declarative pipelines on the Groovy that Jenkins embeds, without a Jenkins: every `sh` is really executed.
// It knows the directives and steps that our pipelines use and refuses any other, as a controller without the plugin
// would. It does not mask credentials, so that nothing leaks behind a mask. Not here: agents, queues, time.
//
// Usage: harness.groovy RUNS.json RESULTS.json
//   a run:     {jenkinsfile, workspace, archive, parameters, credentials, environment}
//   a result:  {result, pipeline: what it declares, events: what happened, in order}
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.StandardCopyOption

class Failed extends RuntimeException {

    Failed(String message) { super(message) }

}

// A block of the pipeline whose statements are calls of known names; each is noted with its arguments.
class Block {

    final String where
    final Map<String, Object> noted = [:]
    private final List known

    Block(String where, List known) {
        this.where = where
        this.known = known
    }

    def invokeMethod(String name, Object arguments) {
        if (!(name in known)) {
            throw new Failed("${where} knows no ${name}")
        }
        def words = arguments as List
        def value = words.size() == 1 ? words[0] : words
        if (name in ['stage', 'string', 'booleanParam']) {
            noted.get(name, []) << value
        } else if (noted.containsKey(name)) {
            throw new Failed("${where} has ${name} twice")
        } else {
            noted[name] = value
        }
        null
    }

    static Map read(String where, List known, Closure body) {
        def block = new Block(where, known)
        Block.call(body, block)
        block.noted
    }

    static call(Closure body, Object delegate) {
        def copy = body.clone() as Closure
        copy.delegate = delegate
        copy.resolveStrategy = Closure.DELEGATE_FIRST
        copy()
    }

}

class Variables {

    final Map<String, String> set = [:]
    private final Run run

    Variables(Run run) { this.run = run }

    void setProperty(String name, Object value) {
        set.putAll(value instanceof Map ? value.collectEntries { [(name + it.key): it.value] } : [(name): value.toString()])
    }

    def credentials(Object id) { run.bind("${id}") }

}

class Steps {

    private final Run run
    private final String stage
    private String folder = ''

    Steps(Run run, String stage) {
        this.run = run
        this.stage = stage
    }

    void sh(String script) { run.execute(stage, script, folder) }

    void checkout(Object scm) { run.checkout("${scm}") }

    void dir(String path, Closure body) {
        def before = folder
        folder = path
        try { Block.call(body, this) } finally { folder = before }
    }

    void deleteDir() {
        new File(run.workspace, folder).deleteDir()
        run.note(step: 'deleteDir', stage: stage, folder: folder)
    }

    def readJSON(Map options) { new JsonSlurper().parse(new File(run.workspace, options.file)) }

    void junit(Map options) {
        def files = run.matching(options.testResults)
        if (!files && !options.allowEmptyResults) {
            throw new Failed('no test results')
        }
        def failures = files.sum(0) { new XmlSlurper().parse(it).depthFirst().count { it.name() in ['failure', 'error'] } }
        run.note(step: 'junit', stage: stage, files: files*.name, failures: failures)
        if (failures && run.result == 'SUCCESS') {
            run.result = 'UNSTABLE'
        }
    }

    void archiveArtifacts(Map options) {
        def files = options.artifacts.split(',').collectMany { run.matching(it) }
        if (!files && !options.allowEmptyArchive) {
            throw new Failed('no artifacts')
        }
        files.each {
            def target = new File(run.archive, run.relative(it))
            target.parentFile.mkdirs()
            Files.copy(it.toPath(), target.toPath(), StandardCopyOption.REPLACE_EXISTING)
        }
        run.note(step: 'archiveArtifacts', stage: stage, files: files.collect { run.relative(it) })
    }

}

class Run {

    static final PIPELINE = ['agent', 'options', 'parameters', 'environment', 'stages', 'post']
    static final OPTIONS = ['buildDiscarder', 'logRotator', 'disableConcurrentBuilds', 'timeout']
    static final POST = ['always', 'success', 'failure', 'unsuccessful', 'cleanup']

    final File workspace
    final File archive
    final List events = []
    final Map declared = [:]
    String result = 'SUCCESS'
    private final Map given
    private final Map<String, String> environment
    private final Map params = [:]

    Run(Map given) {
        this.given = given
        workspace = new File(given.workspace)
        archive = new File(given.archive)
        environment = given.environment + [:]
    }

    Map run() {
        def binding = new Binding(scm: 'scm', params: params)
        binding.setVariable('node') { String label, Closure body -> Block.call(body, new Steps(this, 'node')) }
        binding.setVariable('pipeline') { Closure body -> pipeline(body) }
        try {
            new GroovyShell(this.class.classLoader, binding).evaluate(new File(given.jenkinsfile).text, 'Jenkinsfile.groovy')
        } catch (Failed error) {
            result = 'FAILURE'
            note(step: 'error', said: error.message)
        }
        [result: result, pipeline: declared, events: events]
    }

    void pipeline(Closure body) {
        def found = Block.read('pipeline', PIPELINE, body)
        declared.label = Block.read('agent', ['label'], found.agent).label
        declared.options = Block.read('options', OPTIONS, found.options).keySet()
        def kinds = Block.read('parameters', ['string', 'booleanParam'], found.parameters ?: { })
        def parameters = kinds.values().flatten().collectEntries { [(it.name): it.defaultValue] }
        declared.parameters = parameters
        params.putAll(parameters + given.parameters)
        environment.putAll(params.collectEntries { [(it.key): it.value.toString()] })
        def stages = Block.read('stages', ['stage'], found.stages).stage
        declared.stages = stages*.first()
        try {
            within(found.environment) {
                stages.each { stage -> result == 'FAILURE' ? note(step: 'skip', stage: stage[0]) : this.stage(stage) }
            }
        } catch (Failed error) {
            fail('environment', error)
        }
        post('post', found.post)
    }

    void stage(List stage) {
        def (name, body) = stage
        def found = Block.read("stage ${name}", ['environment', 'steps', 'post'], body)
        try {
            within(found.environment) {
                Block.call(found.steps, new Steps(this, name))
                null
            }
        } catch (Failed error) {
            fail(name, error)
        }
        if (found.post) {
            post(name, found.post)
        }
    }

    void post(String name, Closure body) {
        def found = Block.read('post', POST, body)
        def wanted = ['always', result == 'SUCCESS' ? 'success' : 'unsuccessful']
        if (result == 'FAILURE') {
            wanted << 'failure'
        }
        (wanted + 'cleanup').findAll { found[it] }.each {
            try { Block.call(found[it], new Steps(this, name)) } catch (Failed error) { fail(name, error) }
        }
    }

    void fail(String stage, Failed error) {
        result = 'FAILURE'
        note(step: 'failed', stage: stage, said: error.message)
    }

    void within(Closure variables, Closure body) {
        def before = environment + [:]
        if (variables) {
            def found = new Variables(this)
            Block.call(variables, found)
            environment.putAll(found.@set)
        }
        try { body() } finally {
            environment.clear()
            environment.putAll(before)
        }
    }

    def bind(String id) {
        def found = given.credentials[id]
        if (found == null) {
            throw new Failed("there is no credential ${id}")
        }
        note(step: 'credentials', id: id)
        found.user ? ['': found.user + ':' + found.password, _USR: found.user, _PSW: found.password] : found.value
    }

    void execute(String stage, String script, String folder) {
        def builder = new ProcessBuilder('sh', '-xe', '-c', script)
        builder.directory(new File(workspace, folder)).redirectErrorStream(true)
        builder.environment().clear()
        builder.environment().putAll(environment)
        def began = System.currentTimeMillis()
        def process = builder.start()
        process.outputStream.close()
        def said = process.inputStream.getText('UTF-8')
        def code = process.waitFor()
        def seconds = (System.currentTimeMillis() - began) / 1000
        note(step: 'sh', stage: stage, script: script, code: code, said: said, seconds: seconds)
        if (code != 0) {
            throw new Failed("script returned exit code ${code}")
        }
    }

    void checkout(String scm) { note(step: 'checkout', scm: scm) }

    List<File> matching(String pattern) {
        def matcher = FileSystems.default.getPathMatcher("glob:${pattern}")
        def found = []
        workspace.traverse(type: groovy.io.FileType.FILES, nameFilter: ~/.*/,
            preDir: { it.name in ['.git', 'model_bin', 'vendor'] ? groovy.io.FileVisitResult.SKIP_SUBTREE : null }) {
            if (matcher.matches(new File(relative(it)).toPath())) {
                found << it
            }
        }
        found.sort()
    }

    String relative(File file) { workspace.toPath().relativize(file.toPath()) }

    void note(Map event) { events << event }

}

def runs = new JsonSlurper().parse(new File(args[0]))
new File(args[1]).text = JsonOutput.toJson(runs.collect { new Run(it).run() })
